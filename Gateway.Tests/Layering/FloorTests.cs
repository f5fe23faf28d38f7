using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Gateway.Tests.Layering;

/// <summary>The floors of docs/architecture.md: each folder uses only those below it.</summary>
public sealed partial class FloorTests
{
    /// <summary>From the ground up; folders of one floor are siblings that do not know each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Diagnostics", "Refusals"],
        ["Supervision"],
        ["Redis"],
        ["Kubernetes.Models"],
        ["Kubernetes.Client"],
        ["Kubernetes.Informers"],
        ["Annotations", "Election"],
        ["Leases", "Identity", "Applications"],
        ["Registry"],
        ["Registration", "Subscriptions", "Fence"],
    ];

    [Fact]
    public void EachFolderOfCoreUsesOnlyTheFloorsBelowIt()
    {
        var violations =
            from file in SourceTree.CSharpFiles("Gateway.Core")
            let folder = FolderOf(file)
            where folder.Length > 0
            from Match match in CoreNamespace().Matches(File.ReadAllText(file))
            let used = match.Groups[1].Value
            where used != folder && !folder.StartsWith(used + ".", StringComparison.Ordinal) && FloorOf(used) is var usedFloor && (usedFloor < 0 || usedFloor >= FloorOf(folder))
            select $"{SourceTree.Relative(file)} uses {used}";
        violations.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void EveryFolderOfCoreStandsOnAFloor() =>
        SourceTree.CSharpFiles("Gateway.Core").Select(FolderOf).Where(static folder => folder.Length > 0).Distinct()
            .ShouldAllBe(static folder => FloorOf(folder) >= 0);

    [Fact]
    public void CoreKnowsNoAspNet() =>
        typeof(Gateway.Core.Registry.Instance).Assembly.GetReferencedAssemblies()
            .ShouldNotContain(static name => name.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void TheEmulatorReferencesNothingOfOurs()
    {
        typeof(Gateway.Emulator.EmulatedCluster).Assembly.GetReferencedAssemblies()
            .ShouldNotContain(static name => name.Name!.StartsWith("Gateway.", StringComparison.Ordinal));
        File.ReadAllText(Path.Combine(SourceTree.Root, "Gateway.Emulator", "Gateway.Emulator.csproj")).ShouldNotContain("ProjectReference");
    }

    /// <summary>Neither by a reference nor by a file of theirs: tests move without regard to what is measured.</summary>
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

    private static string FolderOf(string file) =>
        Path.GetDirectoryName(SourceTree.Relative(file))!["Gateway.Core".Length..].Trim('/').Replace('/', '.');

    /// <summary>The floor a folder, or a folder inside it, stands on; -1 for none.</summary>
    private static int FloorOf(string folder) =>
        Array.FindIndex(Floors, floor => floor.Any(name => folder == name || folder.StartsWith(name + ".", StringComparison.Ordinal)));

    [GeneratedRegex(@"Gateway\.Core\.((?:Kubernetes\.)?[A-Z][A-Za-z]+)")]
    private static partial Regex CoreNamespace();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex FileNamespace();
}
