using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

public sealed class LargeServicesTests
{
    [Fact]
    public async Task TwoHundredAndFiftyPodsOfOneServiceAreListedWhole()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service();
        for (var i = 0; i < 250; i++)
            registry.Pod($"orders-{i:000}", $"10.1.{i / 200}.{(i % 200) + 1}", labels: """{"app":"orders"}""");
        await registry.Small.SettleAsync();
        registry.Small.Slices().Count.ShouldBeGreaterThanOrEqualTo(3);

        var all = await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 250 && all.All(static one => one.Status() == "UP" && one["pod"] is not null));
        all.Select(static one => (string)one["pod"]!["name"]!).Distinct().Count().ShouldBe(250);
        (await registry.Http.LookUpAsync("shop", "orders")).Count.ShouldBe(250);
    }

    [Fact]
    public async Task FiveThousandEndpointsInFiftySlicesAreListedWhole()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"selector":null}""");
        for (var slice = 0; slice < 50; slice++)
        {
            JsonArray endpoints = [.. Enumerable.Range(0, 100).Select(i => new JsonObject
            {
                ["addresses"] = new JsonArray($"10.{slice + 1}.0.{i + 1}"),
                ["conditions"] = new JsonObject { ["ready"] = true },
            })];
            registry.Slice($"orders-{slice:00}", "orders", endpoints.ToJsonString());
        }

        var all = await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 5000);
        all.Select(static one => (string)one["address"]!).Distinct().Count().ShouldBe(5000);
    }
}
