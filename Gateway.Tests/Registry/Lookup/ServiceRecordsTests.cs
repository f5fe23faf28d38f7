using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Tests.Registry.Lookup;

/// <summary>The records of a Service as Kubernetes DNS-Based Service Discovery 1.1.0 has them.</summary>
public sealed class ServiceRecordsTests
{
    private const string Name = "orders.shop.svc.cluster.local.";

    [Fact]
    public void AServiceWithAnAddressHasItsAddressAndItsNamedPorts()
    {
        var service = Given.Service("orders", ports: [new("http", 80, "8080", "TCP", null), new("dns", 53, null, "UDP", null), new("", 81, null, "TCP", null)]);
        Of(service).ShouldBe([
            $"_dns._udp.{Name} SRV 53 {Name}", $"_http._tcp.{Name} SRV 80 {Name}", $"{Name} A 10.96.0.7",
        ]);
    }

    [Fact]
    public void BothFamiliesHaveTheirRecord()
    {
        Of(Given.Service("orders") with { ClusterIPs = ["10.96.0.7", "fd00::7"], Ports = [] }).ShouldBe([$"{Name} A 10.96.0.7", $"{Name} AAAA fd00::7"]);
    }

    [Fact]
    public void AServiceWithoutAnAddressYetHasNothing()
    {
        Of(Given.Service("orders") with { ClusterIP = null, ClusterIPs = [] }).ShouldBeEmpty();
    }

    [Fact]
    public void AHeadlessServiceHasItsReadyEndpointsByHostnameOrByAddress()
    {
        Of(
            Headless,
            Given.Slice("orders", Given.Endpoint("a", "10.1.0.1") with { Hostname = "orders-0" }, Given.Endpoint("b", "10.1.0.2"), Given.Endpoint("c", "10.1.0.3", ready: false)),
            Given.Slice("orders", "orders-6", Given.Endpoint("a", "fd00::1") with { Hostname = "orders-0" }, Given.Endpoint("b", "fd00::2")) with { AddressType = "IPv6" },
            Given.Slice("orders", "by-name", Given.Bare("db.example.com")) with { AddressType = "FQDN" }).ShouldBe([
            $"10-1-0-2.{Name} A 10.1.0.2",
            $"_http._tcp.{Name} SRV 8080 10-1-0-2.{Name}",
            $"_http._tcp.{Name} SRV 8080 fd00--2.{Name}",
            $"_http._tcp.{Name} SRV 8080 orders-0.{Name}",
            $"fd00--2.{Name} AAAA fd00::2",
            $"orders-0.{Name} A 10.1.0.1", $"orders-0.{Name} AAAA fd00::1",
            $"{Name} A 10.1.0.1", $"{Name} A 10.1.0.2", $"{Name} AAAA fd00::1", $"{Name} AAAA fd00::2",
        ]);
    }

    [Fact]
    public void PublishNotReadyAddressesGivesThemAll()
    {
        var slice = Given.Slice("orders", Given.Endpoint("c", "10.1.0.3", ready: false));
        Of(Headless, slice).ShouldBeEmpty();
        Of(Headless with { PublishNotReadyAddresses = true }, slice).ShouldContain($"{Name} A 10.1.0.3");
    }

    [Fact]
    public void APortWithoutANameOrANumberHasNoServiceRecord()
    {
        Of(Headless, Given.Slice("orders", Given.Bare("10.1.0.1")).WithPorts(new("", 8080, "TCP", null), new("all", null, "TCP", null)))
            .ShouldBe([$"10-1-0-1.{Name} A 10.1.0.1", $"{Name} A 10.1.0.1"]);
    }

    [Fact]
    public void AnExternalNameIsAnAlias()
    {
        var service = Given.Service("orders") with { Type = "ExternalName", ClusterIP = null, ClusterIPs = [], ExternalName = "orders.example.com" };
        Of(service).ShouldBe([$"{Name} CNAME orders.example.com."]);
        Of(service with { ExternalName = "192.0.2.1" }).ShouldBeEmpty();
    }

    [Fact]
    public void TheDomainIsTheClusters()
    {
        ServiceRecords.Of(Given.Service("orders"), [], "k8s.example.").Select(static one => one.Name).ShouldContain("orders.shop.svc.k8s.example.");
    }

    private static Service Headless => Given.Service("orders") with { ClusterIP = "None", ClusterIPs = ["None"] };

    private static IEnumerable<string> Of(Service service, params EndpointSlice[] slices) => ServiceRecords.Of(service, slices, "cluster.local")
        .Select(static one => string.Join(' ', new[] { one.Name, one.Type, one.Address, one.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), one.Target }.Where(static part => part is not null)));
}
