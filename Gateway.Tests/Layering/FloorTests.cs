using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Gateway.Tests.Layering;

/// <summary>The floors of docs/architecture.md: each folder, inner folders included, uses only folders on floors below its own.</summary>
public sealed partial class FloorTests
{
    /// <summary>From the ground up. Folders of one floor are siblings that do not know each other, so there is no circle.</summary>
    private static readonly string[][] Floors =
    [
        ["Core.Results", "Core.Diagnostics", "Core.Timing"],
        ["Core.Supervision"],
        ["Core.Redis", "Core.Kubernetes.Models", "Core.Kubernetes.Selectors", "Core.Kubernetes.Client.Framing"],
        ["Core.Kubernetes.Models.Decoding"],
        ["Core.Kubernetes.Models.Decoding.Protobuf"],
        ["Core.Kubernetes.Client.Failures"],
        ["Core.Kubernetes.Client.Connections"],
        ["Core.Kubernetes.Client"],
        ["Core.Kubernetes.Informers", "Core.Election"],
        ["Core.Annotations.Records"],
        ["Core.Annotations.Bodies"],
        ["Core.Annotations.Native", "Core.Annotations.Dubbo"],
        ["Core.Annotations.Generic", "Core.Annotations.Mirrors"],
        ["Core.Annotations"],
        ["Core.Leases", "Core.Identity", "Core.Dubbo.Metadata"],
        ["Core.Registry.Revisions"],
        ["Core.Registry.Instances"],
        ["Core.Registry"],
        ["Core.Registry.Lookup", "Core.Registry.Origins"],
        ["Core.Registry.Projection"],
        ["Core.Registry.History"],
        ["Core.Registry.Projecting", "Core.Registry.Explain"],
        ["Core.Registry.Saved"],
        ["Core.PodWriting", "Core.Dubbo.Views"],
        ["Core.Registration", "Core.Subscriptions", "Core.SelfCheck", "Core.Consumers"],
        ["Core.Upkeep"],
        ["Core"],
        ["Api.Errors", "Api.OpenApi.Schemas"],
        ["Api.OpenApi.Parameters"],
        ["Api.Requests", "Api.Operations", "Api.Console"],
        ["Api.Streaming"],
        ["Api.OpenApi", "Api.Callers"],
        ["Api.Endpoints.Drain"],
        ["Api.Endpoints"],
        ["Api.Facades"],
        ["Api.Facades.Consul.Filter"],
        ["Api.Facades.Dubbo", "Api.Facades.Spring", "Api.Facades.Prometheus", "Api.Facades.Eureka", "Api.Facades.Consul", "Api.Facades.Nacos"],
        ["Api.Hosting"],
        ["Api.Commands"],
        ["Api"],
    ];

    [Fact]
    public void EachFolderUsesOnlyTheFloorsBelowIt()
    {
        var folders = Floors.SelectMany(static floor => floor).ToHashSet(StringComparer.Ordinal);
        var violations =
            from file in SourceFiles()
            let folder = FolderOf(file)
            from Match match in OurNamespace().Matches(WithoutComments(File.ReadAllText(file)))
            let used = LongestFolder(match.Groups[1].Value, folders)
            where used is not null && used != folder && FloorOf(used) >= FloorOf(folder)
            select $"{SourceTree.Relative(file)} uses {used}";
        violations.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void EveryFolderIsOnAFloor()
    {
        var folders = SourceFiles().Select(FolderOf).Distinct().Order(StringComparer.Ordinal).ToList();

        folders.Where(static folder => FloorOf(folder) < 0).ShouldBeEmpty();
        Floors.SelectMany(static floor => floor).Except(folders).ShouldBeEmpty("a floor names a folder that is gone");
    }

    [Fact]
    public void NoFolderHoldsMoreThanTwentyFiveFiles() =>
        SourceFiles().GroupBy(FolderOf).Where(static folder => folder.Count() > 25).Select(static folder => $"{folder.Key}: {folder.Count()}").ShouldBeEmpty();

    [Fact]
    public void NoFacadeKnowsAnother()
    {
        var violations =
            from file in SourceTree.CSharpFiles("Gateway.Api/Facades")
            let folder = FolderOf(file)
            from Match match in OurNamespace().Matches(WithoutComments(File.ReadAllText(file)))
            let used = match.Groups[1].Value
            where used.StartsWith("Api.Facades.", StringComparison.Ordinal) && !used.StartsWith(folder, StringComparison.Ordinal)
            select $"{SourceTree.Relative(file)} uses {used}";
        violations.ShouldBeEmpty();
    }

    [Fact]
    public void CoreKnowsNoAspNet() =>
        typeof(Gateway.Core.Registry.Instances.Instance).Assembly.GetReferencedAssemblies()
            .ShouldNotContain(static name => name.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void TheEmulatorReferencesNothingOfOurs()
    {
        typeof(Gateway.Emulator.EmulatedCluster).Assembly.GetReferencedAssemblies()
            .ShouldNotContain(static name => name.Name!.StartsWith("Gateway.", StringComparison.Ordinal));
        File.ReadAllText(Path.Combine(SourceTree.Root, "Gateway.Emulator", "Gateway.Emulator.csproj")).ShouldNotContain("ProjectReference");
    }

    [Fact]
    public void NothingButTheSolutionKnowsTheTests()
    {
        foreach (var project in new[] { "Gateway.Core", "Gateway.Api", "Gateway.Emulator", "Gateway.Benchmarks" })
        {
            var references = XDocument.Load(Path.Combine(SourceTree.Root, project, project + ".csproj")).Descendants()
                .Where(static item => item.Name.LocalName != "InternalsVisibleTo").Select(static item => (string?)item.Attribute("Include"));
            references.ShouldNotContain(static include => include != null && include.Contains("Gateway.Tests", StringComparison.Ordinal), project);
        }
    }

    [Theory]
    [InlineData("Gateway.Core", typeof(Gateway.Core.Registry.Instances.Instance))]
    [InlineData("Gateway.Api", typeof(Gateway.Api.Requests.RegistrationRequests))]
    public void EveryPackageThatAProjectNamesIsUsedByItsCode(string project, Type one)
    {
        // PrivateAssets: a package that is used while building.
        var packages = XDocument.Load(Path.Combine(SourceTree.Root, project, project + ".csproj")).Descendants("PackageReference")
            .Where(static item => item.Element("PrivateAssets") is null).Select(static item => (string)item.Attribute("Include")!);
        var used = one.Assembly.GetReferencedAssemblies();

        packages.Where(package => !used.Any(assembly => assembly.Name!.StartsWith(package, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void NamespacesFollowFolders()
    {
        var misplaced =
            from project in new[] { "Gateway.Core", "Gateway.Api", "Gateway.Emulator", "Gateway.Benchmarks", "Gateway.Tests" }
            from file in SourceTree.CSharpFiles(project)
            let declared = FileNamespace().Match(File.ReadAllText(file)).Groups[1].Value
            let expected = Path.GetDirectoryName(SourceTree.Relative(file))!.Replace('/', '.')
            where declared.Length > 0 && declared != expected
            select $"{SourceTree.Relative(file)} says {declared}";
        misplaced.ShouldBeEmpty();
    }

    [Fact]
    public void NoFolderIsADrawerForEverything()
    {
        string[] drawers = ["Common", "Utils", "Helpers", "Manager", "Managers", "Services", "Infrastructure"];
        foreach (var project in new[] { "Gateway.Core", "Gateway.Api", "Gateway.Emulator" })
        {
            Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, project), "*", SearchOption.AllDirectories)
                .Select(Path.GetFileName).ShouldNotContain(name => drawers.Contains(name));
        }
    }

    private static IEnumerable<string> SourceFiles() => SourceTree.CSharpFiles("Gateway.Core").Concat(SourceTree.CSharpFiles("Gateway.Api"));

    private static string FolderOf(string file) => Path.GetDirectoryName(SourceTree.Relative(file))!["Gateway.".Length..].Replace('/', '.');

    private static int FloorOf(string folder) => Array.FindIndex(Floors, floor => floor.Contains(folder, StringComparer.Ordinal));

    /// <summary>The folder of a name that may go on with a type and its members; null: no folder of ours.</summary>
    private static string? LongestFolder(string name, HashSet<string> folders)
    {
        for (var end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
        {
            if (folders.Contains(name[..end]))
                return name[..end];
        }
        return null;
    }

    private static string WithoutComments(string source) => Comment().Replace(source, "");

    [GeneratedRegex(@"\bGateway\.((?:Core|Api)(?:\.\w+)+)")]
    private static partial Regex OurNamespace();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex FileNamespace();
}
