using System.Text.Json.Nodes;
using Gateway.Api.Commands;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary><c>Gateway.Api cleanup</c> leaves a cluster as if the gateway had never been there.</summary>
public sealed class CleanupTests
{
    [Fact]
    public async Task EveryKeyAndLabelOfOursGoesAndWhatOthersWroteStays()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Registry:Label", "true")]);
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        registry.Pod("bystander", "10.0.0.3");
        var before = Metadata(registry, "bystander").ToJsonString();
        foreach (var pod in new[] { "greeter-1", "greeter-2" })
        {
            foreach (var service in new[] { "greeting", "parting" })
            {
                await registry.Http.RegisterAsync(new
                {
                    @namespace = "shop",
                    pod,
                    service,
                    port = 8080,
                    protocol = "dubbo",
                    mirrors = new[] { "generic", "dubbo-go-1.5", "dubbo-java" },
                });
            }
        }

        Keys(registry, "greeter-1").ShouldContain(static key => key.Contains("dubbo", StringComparison.Ordinal));
        var output = new StringWriter();
        (await RunAsync(registry, output)).ShouldBe(0);

        output.ToString().ShouldContain("3 pods checked, 2 cleaned, 0 not");
        foreach (var pod in new[] { "greeter-1", "greeter-2" })
            Keys(registry, pod).ShouldNotContain(static key => key.Contains("registry-gateway.io", StringComparison.Ordinal) || key.Contains("dubbo", StringComparison.Ordinal) || key.StartsWith("app.io", StringComparison.Ordinal));
        Metadata(registry, "bystander").ToJsonString().ShouldBe(before);
        output = new StringWriter();
        (await RunAsync(registry, output)).ShouldBe(0);
        output.ToString().ShouldContain("0 cleaned");
    }

    private static Task<int> RunAsync(TestRegistry registry, TextWriter output) =>
        CleanupCommand.RunAsync(["cleanup"], output, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Kubernetes:Mode"] = "Emulated",
                ["Emulator:AllowOutsideDevelopment"] = "true",
                ["Emulator:Url"] = registry.Cluster.Url.ToString(),
            });
        }, TestContext.Current.CancellationToken).Within();

    private static JsonNode Metadata(TestRegistry registry, string pod) => registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)!.Copy()["metadata"]!;

    private static IEnumerable<string> Keys(TestRegistry registry, string pod) =>
        new[] { "annotations", "labels" }.SelectMany(map => Metadata(registry, pod)[map] is JsonObject keys ? keys.Select(static pair => pair.Key) : []);
}
