using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.EndToEnd;

/// <summary>Gateways of one major version run beside each other: what a newer one writes, an older one keeps, and reads the rest of.</summary>
public sealed class MixedVersionsTests
{
    [Fact]
    public async Task MembersThatThisVersionDoesNotKnowSurviveEveryKindOfWrite()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        AddAsANewerGateway(registry, id);
        IsKept(registry, id);

        // POST over it, PATCH of weight, metadata and status, POST of another, a container's new run.
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, container = "app", weight = 7 }, HttpStatusCode.OK);
        IsKept(registry, id);
        await PatchAsync(registry, id, new { weight = 8, metadata = new { lane = "blue" } });
        IsKept(registry, id);
        await PatchAsync(registry, id, new { status = "OUT_OF_SERVICE" });
        IsKept(registry, id);
        await PatchAsync(registry, id, new { status = "UP" });
        await registry.RegisterAsync("greeter-1", "parting");
        registry.Cluster.Player.RestartContainer("shop", "greeter-1", "app");
        await registry.RegisterAsync("greeter-1", "greeting");
        IsKept(registry, id);

        var found = (await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1 && all[0].Status() == "UP"))[0];
        ((int)found["weight"]!).ShouldBe(100);
        ((string)found["source"]!).ShouldBe("gateway");
    }

    private static void AddAsANewerGateway(TestRegistry registry, string id) =>
        registry.Cluster.Objects.Change(ResourceKinds.Pods, "shop", "greeter-1", pod =>
        {
            var annotations = pod["metadata"]!["annotations"]!.AsObject();
            var record = JsonNode.Parse((string)annotations[$"registry-gateway.io/{id}"]!)!.AsObject();
            record["locality"] = new JsonObject { ["rack"] = "r7", ["cells"] = new JsonArray(1, null, "x") };
            record["canary"] = true;
            annotations[$"registry-gateway.io/{id}"] = record.ToJsonString();
        });

    private static void IsKept(TestRegistry registry, string id)
    {
        var written = (string)registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Copy()["metadata"]!["annotations"]![$"registry-gateway.io/{id}"]!;
        var record = JsonNode.Parse(written)!;
        (record["locality"] ?? throw new InvalidOperationException(written)).ToJsonString().ShouldBe("""{"rack":"r7","cells":[1,null,"x"]}""", written);
        ((bool)record["canary"]!).ShouldBeTrue(written);
    }

    private static async Task PatchAsync(TestRegistry registry, string id, object change)
    {
        using var answer = await registry.Http.PatchAsync($"/v1/registrations/{id}?namespace=shop&pod=greeter-1", JsonContent.Create(change, new MediaTypeHeaderValue("application/merge-patch+json"))).Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }
}
