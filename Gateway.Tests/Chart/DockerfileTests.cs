using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>The images build from what is here, hold no shell and no root, and the gateway's holds no emulated cluster.</summary>
public sealed partial class DockerfileTests
{
    private const string WithoutEmulator = "-p:WithEmulator=false -p:ImageArchitecture=$TARGETARCH";

    private readonly Dictionary<string, string> _stages = Stages();

    [Theory]
    [InlineData("build-gateway", "Gateway.Api", WithoutEmulator)]
    [InlineData("build-emulator", "Gateway.Emulator", "")]
    public void EveryProjectIsCopiedBeforeItIsRestoredAndBuilt(string stage, string project, string properties)
    {
        var whole = _stages["source"] + _stages[stage];
        var restore = whole.IndexOf($"RUN dotnet restore {project}{(properties.Length > 0 ? " " : "")}{properties} --locked-mode\n", StringComparison.Ordinal);
        var publish = whole.IndexOf($"RUN dotnet publish {project} -c Release --no-restore {properties}{(properties.Length > 0 ? " " : "")}-o /app", StringComparison.Ordinal);
        restore.ShouldBeGreaterThan(0);
        publish.ShouldBeGreaterThan(restore);

        foreach (var needed in Referenced(project, properties).Prepend(project).Distinct())
        {
            var locked = needed == "Gateway.Api" && properties == WithoutEmulator ? "packages.production.lock.json" : "packages.lock.json";
            whole[..restore].ShouldContain($"COPY {needed}/{needed}.csproj {needed}/{locked} {needed}/");
            whole[restore..publish].ShouldContain($"COPY {needed} {needed}\n");
        }

        foreach (var source in CopiedHere().Matches(whole).SelectMany(static match => match.Groups[1].Value.Split(' ')))
            Path.Exists(Path.Combine(SourceTree.Root, source)).ShouldBeTrue(source);
    }

    [Fact]
    public void WhatTheBuildNeedsIsNotIgnored()
    {
        var ignored = File.ReadAllLines(Path.Combine(SourceTree.Root, ".dockerignore"));

        foreach (var project in Referenced("Gateway.Api", "").Append("Gateway.Api"))
            ignored.ShouldNotContain(project + "/");
        _stages["build-gateway"].ShouldContain("COPY docs docs\n");
        ignored.ShouldContain("!docs/*.md");
        ignored.ShouldContain("**/bin/");
        ignored.ShouldContain(".git/");
    }

    [Fact]
    public void TheImageThatIsBuiltWhenNoneIsNamedHoldsNoEmulator()
    {
        _stages.Keys.Last().ShouldBe("gateway");
        Referenced("Gateway.Api", WithoutEmulator).ShouldBe(["Gateway.Core"]);
        foreach (var stage in new[] { "source", "build-gateway", "runtime", "gateway" })
            _stages[stage].Replace(WithoutEmulator, "", StringComparison.Ordinal).ShouldNotContain("Emulator", Case.Insensitive, stage);
    }

    [Fact]
    public void TheGatewayIsCompiledForTheProcessorOfItsImageOnTheMachineThatBuilds()
    {
        _stages["source"].ShouldStartWith("FROM --platform=$BUILDPLATFORM ");
        _stages["build-gateway"].ShouldContain("ARG TARGETARCH\nRUN dotnet restore ");
        var project = XDocument.Load(Path.Combine(SourceTree.Root, "Gateway.Api", "Gateway.Api.csproj"));
        var named = project.Descendants("RuntimeIdentifiers").ShouldHaveSingleItem().Value.Split(';').Order(StringComparer.Ordinal).ToList();
        project.Descendants("RuntimeIdentifier").ToDictionary(static one => (string)one.Attribute("Condition")!, static one => one.Value).ShouldBe(new Dictionary<string, string>
        {
            ["'$(ImageArchitecture)' == 'amd64'"] = "linux-x64",
            ["'$(ImageArchitecture)' == 'arm64'"] = "linux-arm64",
        }, ignoreOrder: true);

        // One lock file holds for both, so that neither build writes it.
        using var locked = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "Gateway.Api", "packages.production.lock.json")));
        locked.RootElement.GetProperty("dependencies").EnumerateObject().Select(static target => target.Name).Where(static name => name.Contains('/', StringComparison.Ordinal))
            .Select(static name => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal).ShouldBe(named);
    }

    [Theory]
    [InlineData("gateway", "Gateway.Api")]
    [InlineData("emulator", "Gateway.Emulator")]
    public void AnImageHasNoShellAndNoRootAndChecksItselfByItsOwnProgram(string name, string program)
    {
        var stage = _stages[name];

        stage.ShouldStartWith("FROM runtime ");
        _stages["runtime"].ShouldContain("-chiseled");
        _stages["runtime"].ShouldContain("USER $APP_UID");
        (_stages["runtime"] + stage).ShouldNotContain("\nRUN ", Case.Sensitive, "there is no shell to run it");
        stage.ShouldContain($"COPY --from=build-{name} /app .");
        stage.ShouldContain($"""HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["dotnet", "{program}.dll", "--probe",""");
        stage.ShouldContain($"""ENTRYPOINT ["dotnet", "{program}.dll"]""");
        stage.ShouldContain("org.opencontainers.image.licenses");
    }

    private static Dictionary<string, string> Stages() =>
        Stage().Split(File.ReadAllText(Path.Combine(SourceTree.Root, "Dockerfile"))).Skip(1)
            .ToDictionary(static stage => StageName().Match(stage).Groups[1].Value, static stage => CommentLine().Replace(stage, ""));

    /// <summary>What a project references, itself or through another, when it is built with these properties.</summary>
    private static IEnumerable<string> Referenced(string project, string properties) =>
        XDocument.Load(Path.Combine(SourceTree.Root, project, project + ".csproj")).Descendants("ProjectReference")
            .Where(reference => properties != WithoutEmulator || (string?)reference.Parent!.Attribute("Condition") != "'$(WithEmulator)' == 'true'")
            .Select(static reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .SelectMany(name => Referenced(name, properties).Prepend(name));

    [GeneratedRegex("^(?=FROM )", RegexOptions.Multiline)]
    private static partial Regex Stage();

    [GeneratedRegex(@"^FROM (?:--platform=\S+ )?\S+ AS (\S+)")]
    private static partial Regex StageName();

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline)]
    private static partial Regex CommentLine();

    [GeneratedRegex(@"^COPY (?!--)(.+) \S+$", RegexOptions.Multiline)]
    private static partial Regex CopiedHere();
}
