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

    [Fact]
    public void ComposeStartsEachContainerAfterWhatItNeedsIsHealthy()
    {
        var services = HelmChart.Map(HelmChart.Map(YamlTree.Read(File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"))))["services"]);

        var reference = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "configuration.md"));
        foreach (var (name, service) in services.Select(static pair => (pair.Key, HelmChart.Map(pair.Value))))
        {
            service.ShouldContainKey("healthcheck", name);
            foreach (var setting in HelmChart.Map(service.GetValueOrDefault("environment") ?? new Dictionary<string, object?>()).Keys.Where(static key => key.Contains("__", StringComparison.Ordinal)))
                reference.ShouldContain($"`{setting}`", customMessage: name);
            foreach (var (needed, condition) in HelmChart.Map(service.GetValueOrDefault("depends_on") ?? new Dictionary<string, object?>()))
            {
                services.ShouldContainKey(needed);
                HelmChart.Map(condition)["condition"].ShouldBe("service_healthy", $"{name} waits for {needed}");
            }
        }
    }
}
