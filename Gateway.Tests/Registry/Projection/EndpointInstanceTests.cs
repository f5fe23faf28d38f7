using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Instances that come from slices: contract, section 1, rule (2), and what slices may claim.</summary>
public sealed class EndpointInstanceTests
{
    [Fact]
    public void APodInASliceIsAnInstanceOfSourceEndpoints()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), Given.Pod("a", "10.1.0.1"));
        var instance = registry.Only();
        instance.Source.ShouldBe(InstanceSource.Endpoints);
        instance.Key.ShouldBe(new RegistrationKey("shop", "orders", "", "", "tcp", 8080));
        instance.Id.ShouldBe(instance.Key.IdFor(Given.UidOf("a")));
        instance.Pod.ShouldBe(new PodReference("a", Given.UidOf("a"), "node-1", "zone-of-slice"));
        instance.Status.ShouldBe(InstanceStatus.Up);
        instance.RegisteredAt.ShouldBeNull();
        instance.Metadata.ShouldBeEmpty();
    }

    [Fact]
    public void ThePortIsTheOneNamedHttpElseTheFirstByNameAndAllOfThemAreInPorts()
    {
        var slice = Given.Slice("orders", Given.Endpoint("a", "10.1.0.1"));
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders", true, [.. new[] { "admin", "dns", "every", "http" }.Select(static name => new ServicePort(name, 80, null, name == "dns" ? "UDP" : "TCP", null))]),
            Given.Pod("a", "10.1.0.1"), slice.WithPorts(new("admin", 9090, "TCP", null), new("http", 8080, "TCP", "kubernetes.io/h2c")));
        var instance = registry.Only();
        instance.Key.Port.ShouldBe(8080);
        instance.Key.Protocol.ShouldBe("kubernetes.io/h2c");
        instance.Ports.ShouldBe([new NamedPort("admin", 9090, "tcp"), new NamedPort("http", 8080, "kubernetes.io/h2c")]);

        registry.Fold(slice.WithPorts(new("dns", 53, "UDP", null), new("admin", 9090, "TCP", null)));
        registry.Only().Key.Port.ShouldBe(9090);
        registry.Fold(slice.WithPorts(new("dns", 53, "UDP", null), new("every", null, "TCP", null)));
        registry.Only().Key.ShouldBe(new RegistrationKey("shop", "orders", "", "", "udp", 53));
    }

    [Fact]
    public void ARecordThatNamesTheServiceAndHasOneOfTheSlicesPortsSpeaksForThePod()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Only().Source.ShouldBe(InstanceSource.Gateway);

        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", port: 9999)));
        registry.Instances().Select(static instance => instance.Source).ShouldBe([InstanceSource.Gateway, InstanceSource.Endpoints], ignoreOrder: true);

        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", service: "another")));
        registry.Only().Source.ShouldBe(InstanceSource.Endpoints);
    }

    [Fact]
    public void AnUnreadableRecordSpeaksForNoPort()
    {
        var pod = Given.Pod("a", "10.1.0.1").Annotated(("registry-gateway.io/" + Given.Record("a").Id, """{"v":1,"service":"orders","port":"8080"}"""));
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), pod);
        registry.Only().Source.ShouldBe(InstanceSource.Endpoints);
    }

    [Fact]
    public void DeregisteringLeavesTheEndpointStanding()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Fold(Given.Pod("a", "10.1.0.1"));
        registry.Only().Source.ShouldBe(InstanceSource.Endpoints);
    }

    [Theory]
    [InlineData(true, null, null, InstanceStatus.Up)]
    [InlineData(null, null, null, InstanceStatus.Up)]
    [InlineData(false, true, false, InstanceStatus.Starting)]
    [InlineData(false, true, true, InstanceStatus.Terminating)]
    [InlineData(true, true, true, InstanceStatus.Terminating)]
    public void SourceEndpointsGoesByReady(bool? ready, bool? serving, bool? terminating, InstanceStatus expected)
    {
        var endpoint = Given.Endpoint("a", "10.1.0.1") with { Ready = ready, Serving = serving, Terminating = terminating };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", endpoint), Given.Pod("a", "10.1.0.1"));
        registry.Only().Status.ShouldBe(expected);
        registry.Only().Reason.ShouldBe(expected == InstanceStatus.Starting ? "NotReady" : null);
    }

    [Fact]
    public void AnOverlayTakesAnEndpointOutOfRotation()
    {
        var key = new RegistrationKey("shop", "orders", "", "", "tcp", 8080);
        var overlay = Given.Record("a", protocol: "tcp") with { IsOverlay = true, OutOfService = OutOfService.ByOther };
        overlay.Id.ShouldBe(key.IdFor(Given.UidOf("a")));
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), Given.Pod("a", "10.1.0.1", overlay));
        registry.Only().Status.ShouldBe(InstanceStatus.OutOfService);
        registry.Only().Id.ShouldBe(overlay.Id);
    }

    [Fact]
    public void AnEndpointWithoutAPodHasNoneAndItsIdIsOfItsAddress()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders", selects: false), Given.Node("node-9", "zone-z"), Given.Slice("orders", Given.Bare("192.0.2.7") with { NodeName = "node-9" }));
        var instance = registry.Only();
        instance.Pod.ShouldBeNull();
        instance.Address.ShouldBe("192.0.2.7");
        instance.Addresses.ShouldBe(["192.0.2.7"]);
        instance.Id.ShouldBe(instance.Key.IdFor("192.0.2.7"));
        instance.Zone.ShouldBe("zone-z");
        registry.State.Current.FindInstance(instance.Id)!.Value.Pod.ShouldBeNull();
    }

    public static TheoryData<string, Endpoint> ClaimsNotToBelieve => new()
    {
        { "another namespace", Given.Endpoint("a", "10.1.0.1") with { Target = new("Pod", "billing", "a", Given.UidOf("a")) } },
        { "no uid", Given.Endpoint("a", "10.1.0.1") with { Target = new("Pod", "shop", "a", "") } },
        { "an address that the pod has not", Given.Endpoint("a", "10.66.6.6") },
        { "another kind", Given.Endpoint("a", "10.1.0.1") with { Target = new("VirtualMachine", "shop", "a", Given.UidOf("a")) } },
    };

    [Theory]
    [MemberData(nameof(ClaimsNotToBelieve), DisableDiscoveryEnumeration = true)]
    public void AClaimThatCannotBeBelievedIsAnEndpointWithoutAPod(string claim, Endpoint endpoint)
    {
        var foreign = Given.Pod("a", "10.1.0.1");
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", endpoint), foreign, foreign with { Metadata = foreign.Metadata with { Namespace = "billing" } });
        registry.Only().Pod.ShouldBeNull(claim);
        registry.Only().Id.ShouldBe(registry.Only().Key.IdFor(endpoint.Addresses[0]));
    }

    [Fact]
    public void AnUnbelievedClaimDecidesNothingForThePodsOwnRecord()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1", Given.Record("a")),
            Given.Slice("orders", Given.Endpoint("a", "10.66.6.6", ready: false, terminating: true)));
        registry.Instances().Single(static instance => instance.Source == InstanceSource.Gateway).Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void OfSeveralEndpointsForOnePodAnyReadyOneWins()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Service("other"), Given.Pod("a", "10.1.0.1", Given.Record("a")),
            Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("orders", "orders-0-by-hand", Given.Endpoint("a", "10.1.0.1", ready: false, serving: false, terminating: true)),
            Given.Slice("other", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("other", "other-0-by-hand", Given.Endpoint("a", "10.1.0.1", ready: false, serving: false, terminating: true)));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.Only("other").Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void BothFamiliesOfAnEndpointAreOneInstance()
    {
        var pod = Given.Pod("a", "10.1.0.1") with { PodIPs = ["10.1.0.1", "fd00::1"] };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), pod, Given.Slice("orders", "orders-v4", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("orders", "orders-v6", Given.Endpoint("a", "fd00:0::1")) with { AddressType = "IPv6" });
        registry.Only().Addresses.ShouldBe(["10.1.0.1", "fd00::1"]);
        registry.Only().Ports.ShouldHaveSingleItem();
    }

    [Fact]
    public void SlicesOfNamesAndSlicesWithoutAServiceAreIgnored()
    {
        var nameless = Given.Slice("orders", "nameless", Given.Bare("192.0.2.1"));
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Slice("orders", "by-name", Given.Bare("db.example.com")) with { AddressType = "FQDN" },
            nameless with { Metadata = nameless.Metadata with { Labels = new Dictionary<string, string>() } });
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.Services.Count.ShouldBe(1);
    }

    [Fact]
    public void SlicesOfAServiceOfThatNameInAnotherNamespaceAreNotItsOwn()
    {
        var slice = Given.Slice("orders", Given.Bare("192.0.2.1"));
        var service = Given.Service("orders", selects: false);
        using var registry = ProjectedRegistry.Synced(
            service, service with { Metadata = service.Metadata with { Namespace = "billing" } },
            slice with { Metadata = slice.Metadata with { Namespace = "billing" } });
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.Find(new ServiceKey("billing", "orders")).Instances.ShouldHaveSingleItem();
    }

    [Fact]
    public void ASliceThatMovesToAnotherServiceLeavesTheFormer()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Service("other"), Given.Pod("a", "10.1.0.1"), Given.Slice("orders", "one", Given.Endpoint("a", "10.1.0.1")));
        registry.Fold(Given.Slice("other", "one", Given.Endpoint("a", "10.1.0.1")));
        registry.Instances().ShouldBeEmpty();
        registry.Only("other").Pod!.Name.ShouldBe("a");

        registry.Fold(Given.Pod("a", "10.1.0.1").Terminating());
        registry.Only("other").Status.ShouldBe(InstanceStatus.Terminating);
        registry.Delete(Given.Slice("other", "one"));
        registry.Fold();
        registry.Instances("other").ShouldBeEmpty();
    }
}
