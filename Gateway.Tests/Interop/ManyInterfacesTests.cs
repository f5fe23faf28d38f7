using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>A pod of a large application: 300 Dubbo interfaces of 8 methods each.</summary>
public sealed class ManyInterfacesTests
{
    private const int Interfaces = 300;
    private const string Go = "dubbo.io/annotation";
    private const string Methods = "create,update,remove,findById,findAll,count,exists,validate";

    [Fact]
    public async Task OwnKeysAreWrittenAndAMirrorThatNoLongerFitsIsLeftOutWhole()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        registry.SetMirrors("dubbo-go-1.5");
        registry.Pod("erp-1", "10.0.0.1");

        // A third fits, mirror and all.
        var states = await RegisterAsync(registry, 0, 100);
        states.ShouldAllBe(static state => (string)state["state"]! == "written");
        SdkCodec.Decode(registry.Annotation("erp-1", Go)!).Count.ShouldBe(100);

        // With all of them it does not: the mirror gives way, whole, although it stood already; no registration is refused for it.
        states = await RegisterAsync(registry, 100, 200);
        states.ShouldAllBe(static state => (string)state["state"]! == "left-out");
        ((string)states[0]["reason"]!).ShouldContain("196608");
        registry.OwnKeys("erp-1").Count.ShouldBe(Interfaces);
        registry.Annotation("erp-1", Go).ShouldBeNull();
        registry.Label("erp-1", "dubbo.io/label").ShouldBeNull();
        AnnotationBytes(registry).ShouldBeLessThan(192 * 1024);
        await registry.UntilMetricAsync("""registry_gateway_mirrors{mirror="dubbo-go-1.5",state="no-room"} 300""");
        var listed = await registry.Http.GetJsonAsync("/v1/services?namespace=shop&prefix=com.example.erp&limit=1000");
        listed["items"]!.AsArray().Count.ShouldBe(Interfaces);

        // Room comes back: so does the mirror, without a caller.
        await Task.WhenAll(registry.OwnKeys("erp-1").Take(200).Select(key => DeregisterAsync(registry, key["registry-gateway.io/".Length..])));
        await SharedPods.UntilAsync(() => registry.Annotation("erp-1", Go) is { } value && SdkCodec.Decode(value).Count == 100);

        // Switched off: our records go, and each interface has the one instance that it had.
        registry.SetMirrors(null);
        await SharedPods.UntilAsync(() => registry.Annotation("erp-1", Go) is null && registry.Label("erp-1", "dubbo.io/label") is null);
        var left = (await registry.Http.GetJsonAsync("/v1/services?namespace=shop&prefix=com.example.erp&limit=1000"))["items"]!.AsArray();
        left.Count.ShouldBe(100);
        left.ShouldAllBe(static service => (int)service!["instances"]!["UP"]! == 1 && service["instances"]!.AsObject().Count == 1);
    }

    [Fact]
    public async Task AMirrorGivesWayToOthersThatNeedItsRoomAndComesBack()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        registry.SetMirrors("generic");
        registry.Pod("erp-1", "10.0.0.1");
        await RegisterAsync(registry, 0, 50);
        registry.Annotation("erp-1", "app.io/annotation").ShouldNotBeNull();
        registry.Annotate("erp-1", "example.com/notes", new string('x', 180_000));
        await SharedPods.UntilAsync(() => registry.Annotation("erp-1", "app.io/annotation") is null);
        registry.Annotate("erp-1", "example.com/notes", null);
        await SharedPods.UntilAsync(() => registry.Annotation("erp-1", "app.io/annotation") is not null);
    }

    private static async Task<IReadOnlyList<JsonNode>> RegisterAsync(TestRegistry registry, int from, int count)
    {
        var bodies = Enumerable.Range(from, count).Select(static i => new
        {
            @namespace = "shop",
            pod = "erp-1",
            service = $"com.example.erp.inventory.Service{i}",
            version = "1.0.0",
            protocol = "dubbo",
            port = 20880,
            metadata = new Dictionary<string, string> { ["application"] = "erp", ["methods"] = Methods },
        });
        var answer = await registry.Http.RegisterAsync(bodies.ToArray());
        return [.. answer["items"]!.AsArray().Select(static item => item!["mirrors"]!["dubbo-go-1.5"] ?? item["mirrors"]!["generic"]!)];
    }

    private static async Task DeregisterAsync(TestRegistry registry, string id)
    {
        using var answer = await registry.Http.DeleteAsync("/v1/registrations/" + id).Within();
        answer.IsSuccessStatusCode.ShouldBeTrue();
    }

    private static int AnnotationBytes(TestRegistry registry) =>
        registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "erp-1")!.Content["metadata"]!["annotations"]!.AsObject()
            .Sum(static entry => Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount((string)entry.Value!));
}
