using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>The image builds from what is here, and holds no shell and no root.</summary>
public sealed partial class DockerfileTests
{
    private readonly string _file = File.ReadAllText(Path.Combine(SourceTree.Root, "Dockerfile"));

    [Fact]
    public void EveryProjectThatTheRestoreNeedsIsCopiedBeforeIt()
    {
        var before = _file[.._file.IndexOf("RUN dotnet restore", StringComparison.Ordinal)];

        foreach (var project in Referenced("Gateway.Api").Prepend("Gateway.Api").Distinct())
            before.ShouldContain($"COPY {project}/{project}.csproj {project}/");
        foreach (var source in CopiedHere().Matches(before).SelectMany(static match => match.Groups[1].Value.Split(' ')))
            File.Exists(Path.Combine(SourceTree.Root, source)).ShouldBeTrue(source);
    }

    [Fact]
    public void WhatTheBuildNeedsIsNotIgnored()
    {
        var ignored = File.ReadAllLines(Path.Combine(SourceTree.Root, ".dockerignore"));

        foreach (var project in Referenced("Gateway.Api").Append("Gateway.Api"))
            ignored.ShouldNotContain(project + "/");
        ignored.ShouldContain("**/bin/");
        ignored.ShouldContain(".git/");
    }

    [Fact]
    public void TheImageHasNoShellAndNoRootAndChecksItselfByItsBinary()
    {
        var stage = _file[_file.LastIndexOf("FROM ", StringComparison.Ordinal)..];

        stage.ShouldContain("-chiseled");
        stage.ShouldContain("USER $APP_UID");
        stage.ShouldNotContain("\nRUN ", Case.Sensitive, "there is no shell to run it");
        stage.ShouldContain("""HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["dotnet", "Gateway.Api.dll", "--probe",""");
        stage.ShouldContain("""ENTRYPOINT ["dotnet", "Gateway.Api.dll"]""");
        stage.ShouldContain("org.opencontainers.image.licenses");
    }

    private static IEnumerable<string> Referenced(string project) =>
        Reference().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, project, project + ".csproj"))).Select(static match => match.Groups[1].Value)
            .SelectMany(static name => Referenced(name).Prepend(name));

    [GeneratedRegex(@"<ProjectReference Include=""\.\./([\w.]+)/")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^COPY (?!--)(.+) \S+$", RegexOptions.Multiline)]
    private static partial Regex CopiedHere();
}
