using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>What people copy, parses.</summary>
public sealed class YamlFilesTests
{
    [Fact]
    public void EveryYamlFileOutsideTheTemplatesParses()
    {
        var files = new[] { "docs", "samples", "helm" }.Select(static folder => Path.Combine(SourceTree.Root, folder)).Where(Directory.Exists)
            .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.y*ml", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/templates/", StringComparison.Ordinal))
            .Append(Path.Combine(SourceTree.Root, "docker-compose.yml")).ToList();

        files.Count.ShouldBeGreaterThan(4);
        foreach (var file in files)
            YamlTree.ReadAll(File.ReadAllText(file)).ShouldNotBeEmpty(file);
    }
}
