using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Tests.Support;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Services and slices as real clusters have them: which ports count, which endpoints have a pod, which are served at all.</summary>
public sealed class ServiceShapeTests
{
    private static readonly EndpointPort Http = new("http", 8080, "TCP", null);
    private static readonly EndpointPort Sql = new("sql", 5432, "TCP", null);

    private static readonly Service Both = Given.Service("orders", true, new("http", 80, "http", "TCP", null), new("sql", 5432, "sql", "TCP", null));

    [Fact]
    public void AnEndpointWithoutThePortOfTheServiceIsNoInstance()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1"), Given.Pod("b", "10.1.0.2"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("orders", "orders-portless", Given.Endpoint("b", "10.1.0.2"), Given.Bare("192.0.2.1")).WithPorts());
        registry.Only().Pod!.Name.ShouldBe("a");
    }

    [Theory]
    [InlineData("another name", "admin", 8080, "TCP")]
    [InlineData("another protocol", "http", 8080, "UDP")]
    [InlineData("no number", "http", null, "TCP")]
    public void APortCountsByNameAndProtocolAndHasANumber(string port, string name, int? number, string protocol)
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1"),
            Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"), Given.Bare("192.0.2.1")).WithPorts(new EndpointPort(name, number, protocol, null)));
        registry.Instances().ShouldBeEmpty(port);
    }

    [Fact]
    public void APodWithoutThePortIsStillListedByItsRecordAndIsNotReadyByItsSlice()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1", Given.Record("a", port: 9999)),
            Given.Slice("orders", Given.Endpoint("a", "10.1.0.1", ready: false)).WithPorts());
        var instance = registry.Only();
        (instance.Source, instance.Status, instance.Reason).ShouldBe((InstanceSource.Gateway, InstanceStatus.Starting, "NotReady"));
    }

    [Fact]
    public void WithoutPortsOfTheServiceThereIsAnInstanceWithoutAPort()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders") with { Ports = [] }, Given.Pod("a", "10.1.0.1"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")).WithPorts());
        (registry.Only().Key.Port, registry.Only().Ports.IsEmpty, registry.Only().Status).ShouldBe((0, true, InstanceStatus.Up));
    }

    [Fact]
    public void PortsAreThoseOfTheSlicesInWhichTheEndpointIsAsReadyAsItIsShown()
    {
        using var registry = ProjectedRegistry.Synced(
            Both with { Selector = null }, Given.Slice("orders", "orders-a", Given.Bare("192.0.2.1", ready: false)).WithPorts(Http),
            Given.Slice("orders", "orders-b", Given.Bare("192.0.2.1")).WithPorts(Sql));
        var instance = registry.Only();
        (instance.Pod, instance.Key.Port, instance.Status).ShouldBe((null, 5432, InstanceStatus.Up));
        instance.Ports.ShouldBe([new NamedPort("sql", 5432, "tcp")]);

        registry.Fold(Given.Slice("orders", "orders-b", Given.Bare("192.0.2.1", ready: false)).WithPorts(Sql));
        (registry.Only().Key.Port, registry.Only().Ports.Length, registry.Only().Status).ShouldBe((8080, 2, InstanceStatus.Starting));
    }

    [Fact]
    public void AReadyEndpointWithoutAPortDoesNotMakeOneWithAPortReady()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", "orders-a", Given.Bare("192.0.2.1")).WithPorts(),
            Given.Slice("orders", "orders-b", Given.Bare("192.0.2.1", ready: false)));
        registry.Only().Status.ShouldBe(InstanceStatus.Starting);
    }

    public static TheoryData<string, Pod?> Ghosts => new()
    {
        { "no pod of that name", null },
        { "another pod of that name", Given.Pod("a", "10.1.0.1") with { Metadata = Given.Pod("a", null).Metadata with { Uid = "the-next" } } },
        { "a pod without an address", Given.Pod("a", null) },
    };

    [Theory]
    [MemberData(nameof(Ghosts), DisableDiscoveryEnumeration = true)]
    public void AnEndpointIsHeldBackUntilItsPodIsKnownWithAnAddress(string ghost, Pod? pod)
    {
        using var metrics = new MetricsRecorder();
        using var registry = new ProjectedRegistry(recorder: metrics);
        registry.Sync();
        registry.Fold(Given.Service("orders"));
        registry.Fold(pod is null ? [Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"))] : [pod, Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"))]);
        registry.Instances().ShouldBeEmpty(ghost);
        metrics.Last("registry.held.back.endpoints").ShouldBe(1);

        registry.Fold(Given.Pod("a", "10.1.0.1"));
        registry.Only().Pod!.Name.ShouldBe("a");
        metrics.Last("registry.held.back.endpoints").ShouldBe(0);

        registry.Delete(Given.Pod("a", "10.1.0.1"));
        registry.Fold();
        registry.Instances().ShouldBeEmpty(ghost);
        metrics.Last("registry.held.back.endpoints").ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Ghosts), DisableDiscoveryEnumeration = true)]
    public void WhereOnlySomePodsAreWatchedItIsAnEndpointWithoutAPod(string ghost, Pod? pod)
    {
        using var registry = new ProjectedRegistry(watchesEveryPod: false);
        registry.Sync();
        registry.Put(Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")));
        if (pod is not null)
            registry.Put(pod);
        registry.Fold();
        (registry.Only().Pod, registry.Only().Address).ShouldBe((null, "10.1.0.1"), ghost);
    }

    [Fact]
    public void AnAddressThatIsNoneOfThePodsIsServedWithoutThePod()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1"), Given.Slice("orders", Given.Endpoint("a", "10.66.6.6")));
        (registry.Only().Pod, registry.Only().Address, registry.Only().Status).ShouldBe((null, "10.66.6.6", InstanceStatus.Up));
    }

    [Fact]
    public void TenPodsThatComeAndGoAreThirtyChanges()
    {
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"), Given.Slice("orders"));
        var changes = 0;
        var held = new Dictionary<string, Instance>();
        var pods = Enumerable.Range(1, 10).Select(static number => (Name: $"p{number}", Address: $"10.1.0.{number}")).ToArray();
        foreach (var (name, address) in pods)
        {
            // As a cluster says it: the slice may come before the pod's address, and goes after the pod.
            registry.Put(Given.Pod(name, null) with { Ready = false });
            See();
            registry.Put(Given.Slice("orders", Given.Endpoint(name, address, ready: false)));
            See();
            registry.Put(Given.Pod(name, address) with { Ready = false }, Given.Pod(name, address), Given.Slice("orders", Given.Endpoint(name, address)));
            See();
            registry.Put(Given.Pod(name, address).Terminating());
            See();
            registry.Delete(Given.Pod(name, address));
            See();
            registry.Put(Given.Slice("orders"));
            See();
        }

        changes.ShouldBe(30);

        void See()
        {
            var now = registry.Fold().Find(new ServiceKey(Given.Namespace, "orders")).Instances.ToDictionary(static one => one.Id);
            changes += now.Count(one => !held.TryGetValue(one.Key, out var before) || before.Revision != one.Value.Revision) + held.Keys.Count(id => !now.ContainsKey(id));
            held = now;
        }
    }

    [Fact]
    public void EndpointsOfNoServiceAreNotListed()
    {
        using var registry = ProjectedRegistry.Synced(Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"), Given.Bare("192.0.2.1")), Given.Pod("a", "10.1.0.1"));
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.Services.ShouldBeEmpty();

        registry.Fold(Given.Service("orders"));
        registry.Instances().Length.ShouldBe(2);

        registry.Delete(Given.Service("orders"));
        registry.Fold();
        registry.Instances().ShouldBeEmpty();
    }

    [Fact]
    public void EndpointsOfAnExternalNameAreNotListed()
    {
        var external = Given.Service("orders", selects: false) with { Type = "ExternalName", ExternalName = "db.example.com", ClusterIP = null, Ports = [] };
        using var registry = ProjectedRegistry.Synced(external, Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"), Given.Bare("192.0.2.1")), Given.Pod("a", "10.1.0.1"));
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.Services.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(false, InstanceStatus.Starting)]
    [InlineData(true, InstanceStatus.Up)]
    public void APodThatIsNotReadyIsNeverUpByASliceAloneUnlessTheServiceWantsIt(bool publishes, InstanceStatus expected)
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders") with { PublishNotReadyAddresses = publishes }, Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")),
            Given.Pod("a", "10.1.0.1") with { Ready = false });
        (registry.Only().Status, registry.Only().Source).ShouldBe((expected, InstanceSource.Endpoints));

        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")) with { Ready = false });
        (registry.Only().Status, registry.Only().Source).ShouldBe((expected, InstanceSource.Gateway));
    }

    [Theory]
    [InlineData("fd00::1", "IPv6")]
    [InlineData("10.1.0.1", "IPv4")]
    [InlineData("fd00::1", "IPv6", "IPv4")]
    [InlineData("10.1.0.1", "IPv4", "IPv6")]
    public void TheAddressIsOfTheFirstFamilyOfTheServiceThatASliceHas(string expected, params string[] families)
    {
        var pod = Given.Pod("a", "10.1.0.1") with { PodIPs = ["10.1.0.1", "fd00::1"] };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders") with { IPFamilies = [.. families] }, pod, Given.Slice("orders", "orders-4", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("orders", "orders-6", Given.Endpoint("a", "fd00::1")) with { AddressType = "IPv6" });
        registry.Only().Address.ShouldBe(expected);
        registry.Only().Addresses.ShouldBe(["10.1.0.1", "fd00::1"]);
    }

    [Fact]
    public void AFamilyWithoutASliceIsPassedOver()
    {
        var pod = Given.Pod("a", "10.1.0.1") with { PodIPs = ["10.1.0.1", "fd00::1"] };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders") with { IPFamilies = ["IPv4", "IPv6"] }, pod, Given.Slice("orders", Given.Endpoint("a", "fd00::1")) with { AddressType = "IPv6" });
        registry.Only().Address.ShouldBe("fd00::1");
    }

    [Fact]
    public void SlicesOfAFamilyThatTheServiceHasNotAreNotUsed()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders", selects: false) with { IPFamilies = ["IPv4"] }, Given.Slice("orders", "orders-6", Given.Bare("fd00::9")) with { AddressType = "IPv6" });
        registry.Instances().ShouldBeEmpty();
    }

    [Fact]
    public void WhileATargetPortChangesThereIsOnePortOfAName()
    {
        var old = Given.Slice("orders", "orders-a", Given.Endpoint("a", "10.1.0.1"));
        var next = Given.Slice("orders", "orders-b", Given.Endpoint("a", "10.1.0.1")).WithPorts(new EndpointPort("http", 9090, "TCP", null));
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"), Given.Pod("a", "10.1.0.1"), old);
        registry.Fold(next);
        registry.Only().Ports.ShouldBe([new NamedPort("http", 9090, "tcp")]);

        // And back, the slices' names in the other order.
        registry.Delete(old);
        registry.Fold(old);
        registry.Only().Ports.ShouldBe([new NamedPort("http", 8080, "tcp")]);

        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Only().Source.ShouldBe(InstanceSource.Gateway);
    }
}
