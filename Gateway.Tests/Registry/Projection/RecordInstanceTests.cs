using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Instances that come from records in pods: contract, section 1, rule (1) and the members of an instance.</summary>
public sealed class RecordInstanceTests
{
    [Fact]
    public void AReadableRecordIsAnInstanceOfTheServiceThatItNames()
    {
        var record = Given.Record("a", group: "g", version: "1.0.0") with
        {
            Weight = 7,
            Ports = [new NamedPort("admin", 9090, "http")],
            Metadata = RegistrationRecordMetadata(("team", "red")),
        };
        using var registry = ProjectedRegistry.Synced(Given.Node("node-1", "zone-a"), Given.Pod("a", "10.1.0.1", record));

        var instance = registry.Only();
        instance.Id.ShouldBe(record.Id);
        instance.Key.ShouldBe(record.Key);
        instance.Address.ShouldBe("10.1.0.1");
        instance.Addresses.ShouldBe(["10.1.0.1"]);
        instance.Ports.ShouldBe([new NamedPort("admin", 9090, "http")]);
        instance.Status.ShouldBe(InstanceStatus.Up);
        instance.Reason.ShouldBeNull();
        instance.Weight.ShouldBe(7);
        instance.Pod.ShouldBe(new PodReference("a", Given.UidOf("a"), "node-1", "zone-a"));
        instance.Metadata["team"].ShouldBe("red");
        instance.Source.ShouldBe(InstanceSource.Gateway);
        instance.RegisteredAt.ShouldBe(Given.Noon);
        instance.Revision.ShouldNotBeEmpty();
    }

    [Fact]
    public void TheIdIsTheFirstHalfOfAHashOverUidAndKey()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var text = "uid-of-a\nshop\norders\n\n\nhttp\n8080\n"u8;
        registry.Only().Id.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(text))[..32]);
    }

    [Fact]
    public void BothFamiliesAreOneInstanceWithThePodsFirstIpAsAddress()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a")) with { PodIPs = ["10.1.0.1", "fd00::1"] };
        using var registry = ProjectedRegistry.Synced(pod, Given.Service("orders"));
        registry.Fold(
            Given.Slice("orders", "orders-v4", Given.Endpoint("a", "10.1.0.1")),
            Given.Slice("orders", "orders-v6", Given.Endpoint("a", "fd00::1")) with { AddressType = "IPv6" });

        var instance = registry.Only();
        instance.Address.ShouldBe("10.1.0.1");
        instance.Addresses.ShouldBe(["10.1.0.1", "fd00::1"]);
    }

    [Fact]
    public void TheSameIdFromTwoFormatsIsOneInstanceOfTheFirstSourceInTheTable()
    {
        var declaring = Given.Pod("a", "10.1.0.1").Declaring(new[] { new { service = "orders", port = 8080 } });
        using var registry = ProjectedRegistry.Synced(declaring);
        var declared = registry.Only();
        declared.Source.ShouldBe(InstanceSource.Declared);

        registry.Fold(declaring.With(Given.Record("a")));
        registry.Only().Source.ShouldBe(InstanceSource.Gateway);
        registry.Only().Id.ShouldBe(declared.Id);

        registry.Fold(declaring);
        registry.Only().Source.ShouldBe(InstanceSource.Declared);
    }

    [Fact]
    public void ACopiedAnnotationIsNoInstanceOfThePodItWasCopiedTo()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")), Given.Pod("b", "10.1.0.2", Given.Record("a")));
        registry.Only().Pod!.Name.ShouldBe("a");
        registry.State.Current.RegistrationsOf("shop", "b")!.Records.Unreadable.ShouldHaveSingleItem();
    }

    [Fact]
    public void AnUnreadableRecordHidesNothingElse()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Pod("a", "10.1.0.1", Given.Record("a")).Annotated(("registry-gateway.io/" + new string('a', 32), "{ broken")));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.State.Current.RegistrationsOf("shop", "a")!.Records.Unreadable.ShouldHaveSingleItem().Reason.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(PodPhase.Failed)]
    [InlineData(PodPhase.Succeeded)]
    public void AFinishedPodIsNotListedNotEvenByItsEndpoint(PodPhase phase)
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Service("other"), Given.Pod("a", "10.1.0.1", Given.Record("a")) with { Phase = phase },
            Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), Given.Slice("other", Given.Endpoint("a", "10.1.0.1")));
        registry.Instances().ShouldBeEmpty();
        registry.Instances("other").ShouldBeEmpty();
    }

    [Fact]
    public void APodOnTheHostsNetworkIsNothingSpecial()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Pod("a", "192.168.0.1", Given.Record("a")) with { HostNetwork = true },
            Given.Pod("b", "192.168.0.1", Given.Record("b", port: 8081)) with { HostNetwork = true });
        registry.Instances().Select(static instance => (instance.Address, instance.Key.Port)).ShouldBe(
            [("192.168.0.1", 8080), ("192.168.0.1", 8081)], ignoreOrder: true);
    }

    [Fact]
    public void APodReplacedUnderItsNameIsAnotherInstance()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var registry = ProjectedRegistry.Synced(pod);
        var former = registry.Only().Id;
        var key = Given.Record("a").Key;
        var record = Given.Record("a") with { Id = key.IdFor("another-uid") };
        var replaced = Given.Pod("a", "10.1.0.1", record);
        registry.Fold(replaced with { Metadata = replaced.Metadata with { Uid = "another-uid" } });
        registry.Only().Id.ShouldNotBe(former);
        registry.State.Current.Instances.Count.ShouldBe(1);
    }

    [Fact]
    public void AZoneOfANodeComesBeforeThatOfASlice()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders"), Given.Pod("a", "10.1.0.1", Given.Record("a")), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")));
        registry.Only().Pod!.Zone.ShouldBe("zone-of-slice");
        registry.Fold(Given.Node("node-1", "zone-a"));
        registry.Only().Pod!.Zone.ShouldBe("zone-a");
        registry.Only().Zone.ShouldBe("zone-a");
    }

    [Fact]
    public void AnOverlayOverridesStatusAndWeightOfADeclaredRecord()
    {
        var pod = Given.Pod("a", "10.1.0.1").Declaring(new[] { new { service = "orders", port = 8080, weight = 3 } });
        using var registry = ProjectedRegistry.Synced(pod);
        registry.Only().Weight.ShouldBe(3);

        var overlay = Given.Record("a") with { IsOverlay = true, OutOfService = OutOfService.ByOther };
        registry.Fold(pod.With(overlay));
        registry.Only().Status.ShouldBe(InstanceStatus.OutOfService);
        registry.Only().Weight.ShouldBe(3);
        registry.Only().Source.ShouldBe(InstanceSource.Declared);

        registry.Fold(pod.With(overlay with { OutOfService = OutOfService.No, Weight = 9, WeightOverride = 9 }));
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.Only().Weight.ShouldBe(9);
    }

    [Fact]
    public void AnOverlayAloneIsNoInstance()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a") with { IsOverlay = true, OutOfService = OutOfService.ByPod }));
        registry.Instances().ShouldBeEmpty();
    }

    [Fact]
    public void FallbackIsTheKubernetesServiceOfThatName()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("orders", true, new ServicePort("http", 80, "8080", "TCP", null), new ServicePort("", 53, null, "UDP", null)));
        var fallback = registry.Service().Fallback.ShouldNotBeNull();
        fallback.Dns.ShouldBe("orders.shop.svc");
        fallback.ClusterIP.ShouldBe("10.96.0.7");
        fallback.Ports.ShouldBe([new FallbackPort("http", 80, "tcp"), new FallbackPort(null, 53, "udp")]);

        registry.Fold(Given.Service("orders") with { ClusterIP = "None" });
        registry.Service().Fallback!.ClusterIP.ShouldBeNull();
    }

    private static ImmutableSortedDictionary<string, string> RegistrationRecordMetadata(params (string Key, string Value)[] entries) =>
        entries.ToImmutableSortedDictionary(static entry => entry.Key, static entry => entry.Value, StringComparer.Ordinal);
}
