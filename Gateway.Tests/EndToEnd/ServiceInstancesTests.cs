using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.EndToEnd;

/// <summary>Exactly which instances a service has (contract, section 1), from real Services, the emulated controllers and slices made by hand.</summary>
public sealed class ServiceInstancesTests
{
    [Fact]
    public async Task OnePodBehindTwoServicesIsOneInstanceOfEach()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service(name: "orders");
        registry.Small.Service("""{"selector":{"app":"orders"}}""", "orders-internal");
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");

        foreach (var service in new[] { "orders", "orders-internal" })
        {
            var one = (await registry.Http.LookUpUntilAsync("shop", service, static all => all.Count == 1 && all[0].Status() == "UP"))[0];
            ((string?)one["source"], (int?)one["port"], (string?)one["pod"]?["name"]).ShouldBe(("endpoints", 8080, "orders-1"), one.ToJsonString());
        }
    }

    [Fact]
    public async Task AServiceOfTwoPortsIsOneInstanceWithThePortNamedHttpAndBothInPorts()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""
            {"ports":[{"name":"grpc","protocol":"TCP","port":90,"targetPort":9090,"appProtocol":"grpc"},{"name":"http","protocol":"TCP","port":80,"targetPort":8080}]}
            """);
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");

        var one = (await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1)).ShouldHaveSingleItem();
        ((int)one["port"]!, (string?)one["protocol"]).ShouldBe((8080, "tcp"));
        one["ports"]!.AsArray().Select(static port => $"{port!["name"]} {port["port"]} {port["protocol"]}").Order()
            .ShouldBe(["grpc 9090 grpc", "http 8080 tcp"]);
    }

    [Fact]
    public async Task ARegistrationUnderItsServicesNameWithAnotherPortStandsBesideTheEndpoint()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");
        await registry.RegisterAsync("orders-1", "orders", port: 9999);

        var both = await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 2);
        both.Select(static one => $"{one["source"]} {one["port"]}").Order().ShouldBe(["endpoints 8080", "gateway 9999"]);

        // With one of the slice's ports it stands for the endpoint.
        await registry.RegisterAsync("orders-1", "orders", port: 8080);
        both = await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.All(static one => (string?)one["source"] == "gateway"));
        both.Select(static one => (int)one["port"]!).Order().ShouldBe([8080, 9999]);
    }

    [Fact]
    public async Task BothAddressFamiliesAreOneInstance()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"RequireDualStack"}""");
        registry.Pod("orders-1", "10.0.0.1,fd00::1", labels: """{"app":"orders"}""");
        await registry.Small.SettleAsync();
        registry.Small.Slices().Count.ShouldBe(2);

        var one = (await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1 && all[0].Status() == "UP")).ShouldHaveSingleItem();
        one["addresses"]!.AsArray().Select(static address => (string?)address).ShouldBe(["10.0.0.1", "fd00::1"]);
        ((string?)one["address"]).ShouldBe("10.0.0.1");
    }

    [Fact]
    public async Task AnEndpointWithoutAPodIsAnInstanceWithoutAPod()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"selector":null}""");
        registry.Slice("orders-by-hand", "orders", """[{"addresses":["192.0.2.9"],"conditions":{"ready":true}}]""");

        var one = (await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1)).ShouldHaveSingleItem();
        one["pod"].ShouldBeNull();
        ((string?)one["address"], one.Status()).ShouldBe(("192.0.2.9", "UP"));
    }

    [Fact]
    public async Task ASliceMadeByHandIsBelievedOnlyWhereItIsTrue()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        registry.Small.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"invoices-1","namespace":"billing"},"spec":{"containers":[{"name":"app","image":"x"}]}}
            """);
        var foreign = registry.Cluster.Player.Run("billing", "invoices-1", "node-1", [IPAddress.Parse("10.0.1.1")]);
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");
        await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1 && all[0].Status() == "UP");

        // Another namespace's pod, an address that no pod has, and the real endpoint once more as not ready.
        registry.Slice("orders-foreign", "orders", $$$"""
            [{"addresses":["10.0.1.1"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","namespace":"billing","name":"invoices-1","uid":"{{{foreign.Uid}}}"}}]
            """);
        registry.Slice("orders-nowhere", "orders", $$$"""
            [{"addresses":["10.9.9.9"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"{{{registry.UidOf("orders-1")}}}"}}]
            """);
        registry.Slice("orders-again", "orders", $$$"""
            [{"addresses":["10.0.0.1"],"conditions":{"ready":false,"serving":false},"targetRef":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"{{{registry.UidOf("orders-1")}}}"}}]
            """);

        var all = await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 3);
        all.Select(static one => $"{one["address"]} {one["pod"]?["name"]} {one.Status()}").Order()
            .ShouldBe(["10.0.0.1 orders-1 UP", "10.0.1.1  UP", "10.9.9.9  UP"]);
    }

    [Fact]
    public async Task FqdnSlicesAndSlicesWithoutServiceNameAreIgnored()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"selector":null}""");
        registry.Slice("orders-names", "orders", """[{"addresses":["orders.example.com"]}]""", addressType: "FQDN");
        registry.Small.Create(ResourceKinds.EndpointSlices, """
            {"metadata":{"name":"nobody","namespace":"shop"},"addressType":"IPv4","endpoints":[{"addresses":["192.0.2.1"]}],"ports":[{"port":80}]}
            """);
        registry.Slice("orders-real", "orders", """[{"addresses":["192.0.2.9"]}]""");

        (await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count > 0)).Select(static one => (string?)one["address"]).ShouldBe(["192.0.2.9"]);
    }
}
