using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projection;

/// <summary>What a client is told to fall back to, for every kind of Service.</summary>
public sealed class FallbackTests
{
    [Fact]
    public void AHeadlessServicesNameLeadsToThePodsOwnPorts()
    {
        var service = Given.Service("orders", ports: [new("http", 80, "web", "TCP", null), new("grpc", 90, "9090", "TCP", "grpc"), new("", 53, null, "UDP", null)]);
        Of(service with { ClusterIP = "None", ClusterIPs = ["None"] }, Given.Slice("orders", Given.Bare("10.1.0.1")))
            .ShouldBe("orders.shop.svc - http:8080/tcp grpc:9090/grpc :53/udp");
        Of(service).ShouldBe("orders.shop.svc 10.96.0.7 http:80/tcp grpc:90/grpc :53/udp");
    }

    [Fact]
    public void AnExternalNameHasNoClusterIP()
    {
        Of(Given.Service("orders") with { Type = "ExternalName", ClusterIP = null, ClusterIPs = [], ExternalName = "orders.example.com", Ports = [], Selector = null })
            .ShouldBe("orders.shop.svc - ");
    }

    [Fact]
    public void AServiceWithoutASelectorHasItsOwnAddress() => Of(Given.Service("orders", selects: false)).ShouldBe("orders.shop.svc 10.96.0.7 http:80/tcp");

    [Fact]
    public void OfTwoFamiliesTheFirstCounts() =>
        Of(Given.Service("orders") with { ClusterIP = "fd00::7", ClusterIPs = ["fd00::7", "10.96.0.7"] }).ShouldBe("orders.shop.svc fd00::7 http:80/tcp");

    [Fact]
    public void WithoutAServiceThereIsNone()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Service().Fallback.ShouldBeNull();
    }

    private static string Of(Service service, params EndpointSlice[] slices)
    {
        using var registry = ProjectedRegistry.Synced([service, .. slices]);
        var fallback = registry.Service().Fallback.ShouldNotBeNull();
        return $"{fallback.Dns} {fallback.ClusterIP ?? "-"} {string.Join(' ', fallback.Ports.Select(static port => $"{port.Name}:{port.Port}/{port.Protocol}"))}";
    }
}
