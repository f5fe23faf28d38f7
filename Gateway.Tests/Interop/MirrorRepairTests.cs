using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>Mirrors are as they should be whoever changes what, and without any caller.</summary>
public sealed class MirrorRepairTests
{
    private const string Go = "dubbo.io/annotation";
    private const string GoLabel = "dubbo.io/label";
    private const string Generic = "app.io/annotation";
    private const string Java = "io.dubbo/metadata";
    private const string Service = "com.example.GreetingService";

    private static readonly string[] _all = ["generic", "dubbo-go-1.5", "dubbo-java"];

    [Fact]
    public async Task WhatSomebodyTookAwayIsWrittenAgain()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry, _all);
        var before = (registry.Annotation("greeter-1", Go), registry.Annotation("greeter-1", Generic), registry.Annotation("greeter-1", Java));
        before.Item1.ShouldNotBeNull();

        foreach (var key in new[] { Go, Generic, Java })
            registry.Annotate("greeter-1", key, null);
        await SharedPods.UntilAsync(() => (registry.Annotation("greeter-1", Go), registry.Annotation("greeter-1", Generic), registry.Annotation("greeter-1", Java)) == before);
        registry.Small.ChangePod("greeter-1", static content => content["metadata"]!.AsObject().Remove("labels"));
        await SharedPods.UntilAsync(() => registry.Label("greeter-1", GoLabel) == "dubbo.io.provider" && registry.Label("greeter-1", "app.io/label") == "app.io-value");
        (await registry.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ItHoldsTheAddressThatThePodHas()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "", isRunning: false);
        var answer = await RegisterAsync(registry, _all);
        ((string)answer["mirrors"]!["dubbo-go-1.5"]!["state"]!).ShouldBe("left-out");
        ((string)answer["mirrors"]!["dubbo-go-1.5"]!["reason"]!).ShouldBe("the pod has no address yet");
        registry.Annotation("greeter-1", Go).ShouldBeNull();

        registry.Cluster.Player.Run("shop", "greeter-1", "node-1", System.Net.IPAddress.Parse("10.0.0.1"));
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.1" && AddressOf(registry, Generic) == "10.0.0.1" && registry.Annotation("greeter-1", Java) is not null);
        registry.Small.ChangePod("greeter-1", static content =>
        {
            content["status"]!["podIP"] = "10.0.0.9";
            content["status"]!["podIPs"] = new JsonArray(new JsonObject { ["ip"] = "10.0.0.9" });
        });
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.9" && AddressOf(registry, Generic) == "10.0.0.9");
    }

    [Fact]
    public async Task ItGoesWithItsOwnKey()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await RegisterAsync(registry, _all))["id"]!;
        registry.Annotate("greeter-1", "registry-gateway.io/" + id, null);
        await SharedPods.UntilAsync(() => HasNothing(registry));
    }

    [Theory]
    [InlineData("terminating")]
    [InlineData("failed")]
    [InlineData("succeeded")]
    public async Task APodThatEndsIsNotShownAnyMore(string ending)
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry, _all);
        switch (ending)
        {
            case "terminating":
                registry.Small.Terminate("greeter-1");
                break;
            case "failed":
                registry.Cluster.Player.Fail("shop", "greeter-1");
                break;
            default:
                registry.Cluster.Player.Succeed("shop", "greeter-1");
                break;
        }

        await SharedPods.UntilAsync(() => HasNothing(registry));
        registry.OwnKeys("greeter-1").ShouldHaveSingleItem("the registration itself is its pod's");
    }

    [Fact]
    public async Task TheNamespaceSwitchesMirrorsOnAndOffForWhatIsRegistered()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry);
        HasNothing(registry).ShouldBeTrue();

        registry.SetMirrors("dubbo-go-1.4,generic");
        await SharedPods.UntilAsync(() => registry.Label("greeter-1", GoLabel) == "dubbo.io-value" && AddressOf(registry, Generic) == "10.0.0.1");
        registry.SetMirrors("dubbo-go-1.5");
        await SharedPods.UntilAsync(() => registry.Label("greeter-1", GoLabel) == "dubbo.io.provider" && registry.Annotation("greeter-1", Generic) is null);
        (await registry.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem();
        registry.SetMirrors(null);
        await SharedPods.UntilAsync(() => HasNothing(registry));
        (await registry.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ARegistrationSwitchesItsMirrorsOffByAPostWithoutThem()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await RegisterAsync(registry, _all))["id"]!;
        HasNothing(registry).ShouldBeFalse();
        var answer = await RegisterAsync(registry);
        answer["mirrors"]!.AsObject().ShouldBeEmpty();
        HasNothing(registry).ShouldBeTrue("the same PATCH takes them away");
        ((string)(await registry.Http.LookUpAsync("shop", Service, "?status=any")).ShouldHaveSingleItem()["id"]!).ShouldBe(id);
    }

    [Fact]
    public async Task AGatewayThatIsStartedWithOtherMirrorsBringsEveryPodToThem()
    {
        await using var registry = await StartAsync(("Registry:Mirrors:0", "dubbo-go-1.5"));
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry);
        registry.Annotation("greeter-1", Go).ShouldNotBeNull();
        await registry.Gateway.StopAsync();

        await using var other = await Support.GatewayUnderTest.StartAsync(
            registry.Cluster.Url, [new("Leases:Enabled", "false"), new("Registry:Mirrors:0", "generic")]);
        await SharedPods.UntilAsync(() => registry.Annotation("greeter-1", Go) is null && registry.Label("greeter-1", GoLabel) is null && AddressOf(registry, Generic) == "10.0.0.1");
        (await other.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AnotherWritersRecordsStayAndSwitchTheMirrorOff()
    {
        await using var registry = await StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry, "dubbo-go-1.5");
        using var api = new SdkApi(registry.Cluster.Url);
        var theirs = SdkCodec.Leaf("dubbo://10.0.0.1:20881/com.example.Other?interface=com.example.Other", "com.example.Other");
        await new DubboGo15(api, "shop").AppendAsync("greeter-1", theirs);

        await SharedPods.UntilAsync(() => Keys(registry).SequenceEqual([theirs.Key]));
        registry.Label("greeter-1", GoLabel).ShouldBe("dubbo.io.provider");
        await registry.UntilMetricAsync("""registry_gateway_mirrors{mirror="dubbo-go-1.5",state="foreign"} 1""");
        var state = (await RegisterAsync(registry, "dubbo-go-1.5"))["mirrors"]!["dubbo-go-1.5"]!;
        ((string)state["state"]!).ShouldBe("left-out");
        ((string)state["reason"]!).ShouldBe("dubbo.io/annotation has another writer's records");
        (await registry.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem();
        (await registry.Http.LookUpAsync("shop", "com.example.Other")).ShouldHaveSingleItem();

        registry.Annotate("greeter-1", Go, null);
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.1");
        await registry.UntilMetricAsync("""registry_gateway_mirrors{mirror="dubbo-go-1.5",state="written"} 1""");
        await registry.UntilMetricAsync("""registry_gateway_mirrors{mirror="dubbo-go-1.5",state="foreign"} 0""");
    }

    [Fact]
    public async Task DeclaredRegistrationsAreShownToo()
    {
        await using var registry = await StartAsync();
        registry.SetMirrors("dubbo-go-1.5");
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Annotate("greeter-1", "registry-gateway.io/declare", $$"""[{"service":"{{Service}}","port":20880,"protocol":"dubbo","mirrors":["generic"]}]""");
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.1" && AddressOf(registry, Generic) == "10.0.0.1");
        registry.OwnKeys("greeter-1").ShouldBe(["registry-gateway.io/declare"]);

        var id = (string)(await registry.Http.LookUpAsync("shop", Service)).ShouldHaveSingleItem()["id"]!;
        using var patch = new StringContent("""{"status":"OUT_OF_SERVICE"}""", System.Text.Encoding.UTF8, "application/merge-patch+json");
        (await registry.Http.PatchAsync("/v1/registrations/" + id, patch).Within()).IsSuccessStatusCode.ShouldBeTrue();
        HasNothing(registry).ShouldBeTrue();
    }

    [Fact]
    public async Task OneOfTwoReplicasDoesIt_AndTheOtherWhenThatOneIsGone()
    {
        await using var registry = await StartAsync();
        await using var second = await registry.ReplicaAsync("second");
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry, _all);
        registry.Annotate("greeter-1", Go, null);
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.1");
        registry.Cluster.Requests.Count(static request => request.Request.Method == "PATCH" && request.Request.UserAgent.Contains("second", StringComparison.Ordinal)).ShouldBe(0);

        await registry.Gateway.StopAsync();
        registry.Annotate("greeter-1", Go, null);
        await SharedPods.UntilAsync(() => AddressOf(registry, Go) == "10.0.0.1");
    }

    private static Task<TestRegistry> StartAsync(params (string Key, string Value)[] settings) =>
        TestRegistry.StartAsync(settings: [("Leases:Enabled", "false"), .. settings]);

    private static Task<JsonNode> RegisterAsync(TestRegistry registry, params string[] mirrors) => registry.Http.RegisterAsync(new
    {
        @namespace = "shop",
        pod = "greeter-1",
        service = Service,
        protocol = "dubbo",
        port = 20880,
        mirrors,
    });

    private static IEnumerable<string> Keys(TestRegistry registry) => SdkCodec.Decode(registry.Annotation("greeter-1", Go) ?? "W10=").Select(static record => record.Key);

    private static string? AddressOf(TestRegistry registry, string key) =>
        registry.Annotation("greeter-1", key) is { } value ? SdkCodec.Provider(SdkCodec.Decode(value).ShouldHaveSingleItem().Key)!.Host : null;

    private static bool HasNothing(TestRegistry registry) =>
        new[] { Go, Generic, Java }.All(key => registry.Annotation("greeter-1", key) is null)
        && new[] { GoLabel, "app.io/label" }.All(key => registry.Label("greeter-1", key) is null);
}
