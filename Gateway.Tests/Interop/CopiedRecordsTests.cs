using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>Annotations that came with a manifest from another pod, or from the pod that had the name before, speak for nobody.</summary>
public sealed class CopiedRecordsTests
{
    private const string Go = "dubbo.io/annotation";
    private const string Service = "com.example.GreetingService";

    [Theory]
    [InlineData("db-0", "a StatefulSet's pod comes back under its name")]
    [InlineData("db-1", "a manifest was copied")]
    public async Task WhatIsNotThisPodsIsNotListedButReported(string name, string what)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        registry.Pod("db-0", "10.0.0.1");
        var id = (string)(await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "db-0",
            service = Service,
            protocol = "dubbo",
            port = 20880,
            mirrors = new[] { "dubbo-go-1.5", "generic", "dubbo-java" },
        }))["id"]!;
        var annotations = registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "db-0")!.Copy()["metadata"]!["annotations"]!;
        var labels = registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "db-0")!.Copy()["metadata"]!["labels"]!;
        if (name == "db-0")
        {
            registry.Small.Remove(ResourceKinds.Pods, "db-0");
            await registry.Http.LookUpUntilAsync("shop", Service, static found => found.Count == 0);
        }

        registry.Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","annotations":{{annotations.ToJsonString()}},"labels":{{labels.ToJsonString()}} },
             "spec":{"containers":[{"name":"app","image":"x"}]} }
            """);
        registry.Cluster.Player.Run("shop", name, "node-1", System.Net.IPAddress.Parse("10.0.0.2"));

        // The mirrored records would send an SDK's consumers to the other pod: they go. The own key is the manifest's author's, so it stays.
        await SharedPods.UntilAsync(() => new[] { Go, "app.io/annotation", "io.dubbo/metadata" }.All(key => registry.Annotation(name, key) is null));
        registry.Label(name, "dubbo.io/label").ShouldBeNull(what);
        registry.OwnKeys(name).ShouldBe(["registry-gateway.io/" + id]);

        var listed = await registry.Http.LookUpAsync("shop", Service, "?status=any");
        listed.Select(static instance => (string)instance["pod"]!["name"]!).ShouldBe(name == "db-0" ? [] : ["db-0"], what);
        var reported = (await OwnAsync(registry, name)).ShouldHaveSingleItem()!;
        ((string)reported["status"]!).ShouldBe("UNREADABLE");
        ((string)reported["annotation"]!).ShouldBe("registry-gateway.io/" + id);
        ((string)reported["reason"]!).ShouldStartWith("belongs to another pod");
        await registry.UntilMetricAsync("""registry_gateway_unreadable_records{source="gateway"} 1""");
        if (name == "db-1")
            registry.Annotation("db-0", Go).ShouldNotBeNull();

        // Its own registration is another one.
        var own = await registry.Http.RegisterAsync(new { @namespace = "shop", pod = name, service = Service, protocol = "dubbo", port = 20880 });
        ((string)own["id"]!).ShouldNotBe(id);
        ((string)own["address"]!).ShouldBe("10.0.0.2");
    }

    [Fact]
    public async Task AnSdksRecordOfAnotherAddressIsReportedWithIt()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("db-0", "10.0.0.1");
        registry.Pod("db-1", "10.0.0.2");
        var copied = SdkCodec.Encode(SdkCodec.Leaf($"dubbo://10.0.0.1:20880/{Service}?interface={Service}", Service));
        registry.Annotate("db-0", Go, copied);
        registry.Annotate("db-1", Go, copied);
        await registry.UntilMetricAsync("""registry_gateway_unreadable_records{source="dubbo-go"} 1""");
        (await registry.Http.LookUpUntilAsync("shop", Service, static found => found.Count > 0)).ShouldHaveSingleItem()["pod"]!["name"]!.GetValue<string>().ShouldBe("db-0");
        var reported = (await OwnAsync(registry, "db-1")).ShouldHaveSingleItem()!;
        ((string)reported["source"]!).ShouldBe("dubbo-go");
        ((string)reported["reason"]!).ShouldBe("/0: the address 10.0.0.1 is not the pod's");
    }

    [Fact]
    public async Task WhereAnotherAddressIsAllowedItIsShownAndOnlyRead()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Registry:AllowForeignAddresses", "true")]);
        registry.Pod("db-0", "10.0.0.1");
        registry.Annotate("db-0", Go, SdkCodec.Encode(SdkCodec.Leaf($"dubbo://192.0.2.9:20880/{Service}?interface={Service}", Service)));
        var instance = (await registry.Http.LookUpUntilAsync("shop", Service, static found => found.Count > 0)).ShouldHaveSingleItem();
        ((string)instance["address"]!).ShouldBe("192.0.2.9");
        ((string)instance["pod"]!["name"]!).ShouldBe("db-0");
        using var patch = new StringContent("""{"status":"OUT_OF_SERVICE"}""", System.Text.Encoding.UTF8, "application/merge-patch+json");
        using var answer = await registry.Http.PatchAsync("/v1/registrations/" + (string)instance["id"]!, patch).Within();
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Conflict);
        registry.OwnKeys("db-0").ShouldBeEmpty();
    }

    private static async Task<JsonArray> OwnAsync(TestRegistry registry, string pod) =>
        (await registry.Http.GetJsonAsync($"/v1/registrations?namespace=shop&pod={pod}"))["items"]!.AsArray();
}
