using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Registry.Instances;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Records that give an address which is none of their pod's.</summary>
public sealed class ForeignAddressTests
{
    private static readonly (string Key, string Value) _record =
        ("dubbo.io/annotation", SdkCodec.Encode(SdkCodec.Leaf("dubbo://192.0.2.9:20880/orders?interface=orders", "orders")));

    [Fact]
    public void TheyAreKeptOutAndReported()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1").Annotated(_record));
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.RegistrationsOf("shop", "a")!.Records.Unreadable.ShouldHaveSingleItem().Reason.ShouldBe("/0: the address 192.0.2.9 is not the pod's");
    }

    [Fact]
    public void BeforeThePodHasAnAddressNoneIsShown()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", null).Annotated(_record));
        var instance = registry.Only();
        instance.Address.ShouldBeNull();
        (instance.Status, instance.Reason).ShouldBe((InstanceStatus.Starting, "NoPodIP"));
        registry.Fold(Given.Pod("a", "192.0.2.9").Annotated(_record));
        registry.Only().Id.ShouldBe(instance.Id);
        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(_record));
        registry.Instances().ShouldBeEmpty();
    }

    [Fact]
    public void ASecondAddressOfThePodIsKeptForDubbosConsumers()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1").Annotated(_record) with { PodIPs = ["10.1.0.1", "192.0.2.9"] });
        var instance = registry.Only();
        (instance.Address, instance.Host).ShouldBe(("10.1.0.1", "192.0.2.9"));
        ProviderUrl.Of(instance)!.ShouldStartWith("dubbo://192.0.2.9:20880/");

        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(_record) with { PodIPs = ["192.0.2.9", "10.1.0.1"] });
        (registry.Only().Address, registry.Only().Host).ShouldBe(("192.0.2.9", null));
    }

    [Fact]
    public void WhereTheyAreAllowedTheirAddressIsShown()
    {
        using var registry = Allowing();
        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(_record));
        var instance = registry.Only();
        instance.Address.ShouldBe("192.0.2.9");
        instance.Addresses.ShouldBe(["192.0.2.9"]);
        instance.Pod!.Name.ShouldBe("a");
        instance.Status.ShouldBe(InstanceStatus.Up);
        instance.Id.ShouldBe(instance.Key.IdFor("192.0.2.9"));
    }

    [Fact]
    public void TwoPodsThatNameOneAddressAreOneInstance()
    {
        using var registry = Allowing();
        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(_record), Given.Pod("b", "10.1.0.2").Annotated(_record));
        registry.Only().Pod!.Name.ShouldBe("a");
        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(_record) with { Ready = false });
        registry.Only().Pod!.Name.ShouldBe("b");
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.Delete(Given.Pod("b", "10.1.0.2"));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Starting);
    }

    private static ProjectedRegistry Allowing()
    {
        var registry = new ProjectedRegistry(options: new AnnotationOptions { AllowForeignAddresses = true });
        registry.Sync();
        registry.Fold();
        return registry;
    }
}
