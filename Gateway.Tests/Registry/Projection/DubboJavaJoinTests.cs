using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projection;

/// <summary>
/// Each case in which Dubbo Java's own reader fails a whole service, or makes up instances, and what is made of it here: one bad pod never
/// costs the others.
/// </summary>
public sealed class DubboJavaJoinTests
{
    private static readonly Dictionary<string, string> Metadata = new() { ["dubbo.endpoints"] = """[{"port":20880,"protocol":"dubbo"}]""", ["dubbo.metadata.revision"] = "r1" };

    private static readonly Service Greeter = Given.Service("greeter").Offering("dubbo", "x");

    private static readonly Pod Good = Given.Pod("good", "10.1.0.9").DubboJava(Metadata);

    [Fact]
    public void AServiceWithoutEndpointsIsEmpty()
    {
        using var registry = ProjectedRegistry.Synced(Greeter, Good);
        registry.Instances("greeter").ShouldBeEmpty();
        registry.State.Current.Services.ShouldContainKey(new ServiceKey("shop", "greeter"));
    }

    [Fact]
    public void EndpointsOfWhichTheServiceIsMissingAreNotJoined()
    {
        using var registry = ProjectedRegistry.Synced(Slice(Given.Endpoint("good", "10.1.0.9")), Good);
        registry.Instances("greeter").ShouldBeEmpty();
        registry.Fold(Greeter);
        registry.Only("greeter").Source.ShouldBe(InstanceSource.DubboJava);
    }

    public static TheoryData<string, Endpoint> Strays => new()
    {
        { "no targetRef", Given.Bare("10.1.0.1") },
        { "a target that is no pod", Given.Endpoint("a", "10.1.0.1") with { Target = new("Node", "shop", "a", "uid") } },
        { "a pod of another namespace", Given.Endpoint("a", "10.1.0.1") with { Target = new("Pod", "billing", "a", "uid") } },
    };

    [Theory]
    [MemberData(nameof(Strays), DisableDiscoveryEnumeration = true)]
    public void AnEndpointBehindWhichNoPodIsKnownIsListedAsSuch(string what, Endpoint stray)
    {
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(stray, Given.Endpoint("good", "10.1.0.9")), Good, Given.Pod("a", "10.1.0.1").DubboJava(Metadata));
        registry.Instances("greeter").Select(static one => (one.Source, one.Pod?.Name)).ShouldBe(
            [(InstanceSource.Endpoints, null), (InstanceSource.DubboJava, "good")], ignoreOrder: true, what);
    }

    public static TheoryData<string, Endpoint> Ghosts => new()
    {
        { "a pod that is not there", Given.Endpoint("gone", "10.1.0.1") },
        { "a pod of that name under another uid", Given.Endpoint("a", "10.1.0.1") with { Target = new("Pod", "shop", "a", "former") } },
    };

    [Theory]
    [MemberData(nameof(Ghosts), DisableDiscoveryEnumeration = true)]
    public void AnEndpointOfAPodThatDoesNotExistIsNotListed(string what, Endpoint ghost)
    {
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(ghost, Given.Endpoint("good", "10.1.0.9")), Good, Given.Pod("a", "10.1.0.1").DubboJava(Metadata));
        registry.Only("greeter").Pod!.Name.ShouldBe("good", what);
    }

    public static TheoryData<string, string?> Annotations => new()
    {
        { "none", null }, { "empty", "" }, { "no JSON", "not JSON" }, { "an empty map", "{}" }, { "an array", "[]" }, { "a nested value", """{"dubbo.metadata.revision":{}}""" },
        { "endpoints that are none", """{"dubbo.metadata.revision":"r","dubbo.endpoints":"x"}""" }, { "half a surrogate pair", """{"dubbo.metadata.revision":"\ud800"}""" },
    };

    [Theory]
    [MemberData(nameof(Annotations))]
    public void APodWhoseAnnotationSaysNothingIsAnEndpointBesideTheOthers(string what, string? annotation)
    {
        var bad = Given.Pod("bad", "10.1.0.1");
        bad = annotation is null ? bad : bad.Annotated(("io.dubbo/metadata", annotation));
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(Given.Endpoint("bad", "10.1.0.1"), Given.Endpoint("good", "10.1.0.9")), bad, Good);
        registry.Instances("greeter").Select(static one => (one.Source, one.Pod!.Name)).ShouldBe(
            [(InstanceSource.Endpoints, "bad"), (InstanceSource.DubboJava, "good")], ignoreOrder: true, what);
        registry.State.Current.RegistrationsOf("shop", "bad")!.Records.Unreadable.Length.ShouldBe(what is "none" or "empty" ? 0 : 1);
    }

    [Fact]
    public void AValueThatIsNoTextIsTakenAsText()
    {
        var pod = Given.Pod("good", "10.1.0.9").Annotated(("io.dubbo/metadata", """{"dubbo.metadata.revision":7,"flag":true,"nothing":null}"""));
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(Given.Endpoint("good", "10.1.0.9")), pod);
        registry.Only("greeter").Metadata.ShouldBe(new Dictionary<string, string> { ["dubbo.metadata.revision"] = "7", ["flag"] = "true" });
    }

    [Fact]
    public void EachSlicesPortsAreItsOwn()
    {
        var metadata = new Dictionary<string, string> { ["dubbo.metadata.revision"] = "r1" };
        using var registry = ProjectedRegistry.Synced(
            Greeter, Given.Pod("a", "10.1.0.1").DubboJava(metadata), Given.Pod("b", "10.1.0.2").DubboJava(metadata),
            Given.Slice("greeter", "one", Given.Endpoint("a", "10.1.0.1")).WithPorts(new EndpointPort("x", 20880, "TCP", null)),
            Given.Slice("greeter", "two", Given.Endpoint("b", "10.1.0.2")).WithPorts(new EndpointPort("x", 30880, "TCP", null)));
        registry.Instances("greeter").Select(static one => $"{one.Pod!.Name} {one.Key.Port}").Order().ShouldBe(["a 20880", "b 30880"]);
    }

    [Fact]
    public void OwnEndpointsComeBeforeTheSlicesPortsAndPortsThatAreNoneArePassedOver()
    {
        var metadata = new Dictionary<string, string>
        {
            ["dubbo.metadata.revision"] = "r1",
            ["dubbo.endpoints"] = """[{"port":0,"protocol":"dubbo"},{"port":-1,"protocol":"x"},{"port":70000,"protocol":"y"},{"port":20880,"protocol":"tri"},{"port":20880,"protocol":"tri"}]""",
        };
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(Given.Endpoint("good", "10.1.0.9")), Given.Pod("good", "10.1.0.9").DubboJava(metadata));
        registry.Only("greeter").Key.ShouldBe(new RegistrationKey("shop", "greeter", "", "", "tri", 20880));
    }

    [Fact]
    public void AnEndpointThatIsNotReadyIsStarting()
    {
        using var registry = ProjectedRegistry.Synced(Greeter, Slice(Given.Endpoint("good", "10.1.0.9", ready: false)), Good);
        (registry.Only("greeter").Status, registry.Only("greeter").Reason).ShouldBe((InstanceStatus.Starting, "NotReady"));
    }

    [Fact]
    public void AnEmptySelectorIsNoneAndItsChangeIsFollowed()
    {
        var service = Greeter;
        using var registry = ProjectedRegistry.Synced(service with { Selector = new Dictionary<string, string>() }, Slice(Given.Endpoint("good", "10.1.0.9")), Good);
        registry.Only("greeter").Source.ShouldBe(InstanceSource.Endpoints);
        registry.Fold(service);
        registry.Only("greeter").Source.ShouldBe(InstanceSource.DubboJava);
        registry.Fold(service with { Selector = null });
        registry.Only("greeter").Source.ShouldBe(InstanceSource.Endpoints);
    }

    [Fact]
    public void AnApplicationOfAnotherNameThanItsServiceIsFoundUnderTheService()
    {
        using var registry = ProjectedRegistry.Synced(Given.Service("other"), Given.Slice("other", Given.Endpoint("good", "10.1.0.9")), Good);
        registry.Instances("greeter").ShouldBeEmpty();
        registry.Instances("other").ShouldContain(static one => one.Source == InstanceSource.DubboJava);
    }

    [Fact]
    public void MoreThanAThousandEndpointsOverSeveralSlicesAreAllThere()
    {
        const int Count = 2500;
        var objects = new List<IKubernetesObject> { Greeter };
        for (var i = 0; i < Count; i++)
            objects.Add(Given.Pod($"p{i}", $"10.1.{i / 250}.{i % 250 + 1}").DubboJava(Metadata));
        for (var slice = 0; slice * 100 < Count; slice++)
        {
            objects.Add(Given.Slice("greeter", $"greeter-{slice}", [.. Enumerable.Range(slice * 100, 100).Select(i => Given.Endpoint($"p{i}", $"10.1.{i / 250}.{i % 250 + 1}"))])
                .WithPorts(new EndpointPort("dubbo", 20880, "TCP", null)));
        }

        using var registry = ProjectedRegistry.Synced([.. objects]);
        registry.Instances("greeter").Length.ShouldBe(Count);
        registry.Instances("greeter").ShouldAllBe(static one => one.Source == InstanceSource.DubboJava);
    }

    [Fact]
    public void BothFamiliesAndRepeatedSlicesMakeNoSecondInstance()
    {
        var pod = Good with { PodIPs = ["10.1.0.9", "fd00::9"] };
        using var registry = ProjectedRegistry.Synced(
            Greeter, pod, Slice(Given.Endpoint("good", "10.1.0.9")),
            (Slice(Given.Endpoint("good", "fd00::9")) with { AddressType = "IPv6" }).Named("greeter-v6"), Slice(Given.Endpoint("good", "10.1.0.9")).Named("greeter-mirrored"));
        registry.Only("greeter").Addresses.ShouldBe(["10.1.0.9", "fd00::9"]);
    }

    private static EndpointSlice Slice(params Endpoint[] endpoints) => Given.Slice("greeter", endpoints).WithPorts(new EndpointPort("dubbo", 20880, "TCP", null));
}
