using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Dubbo Java names its application by the Service whose slices hold the pod.</summary>
public sealed class DubboJavaInstanceTests
{
    private static readonly Dictionary<string, string> Metadata = new()
    {
        ["dubbo.endpoints"] = """[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]""",
        ["dubbo.metadata.revision"] = "4638952ef6ef27a221876e117341e395",
        ["timestamp"] = "1700000000000",
    };

    [Fact]
    public void EachEndpointIsAnInstanceOfEachServiceThatHasThePod()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("greeter").Offering("dubbo"), Given.Service("other").Offering("dubbo"), Given.Pod("a", "10.1.0.1").DubboJava(Metadata),
            Dubbo(Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1"))), Dubbo(Given.Slice("other", Given.Endpoint("a", "10.1.0.1"))));
        foreach (var service in new[] { "greeter", "other" })
        {
            var instances = registry.Instances(service);
            instances.Select(static instance => (instance.Key.Protocol, instance.Key.Port)).ShouldBe([("dubbo", 20880), ("tri", 50051)], ignoreOrder: true);
            instances.ShouldAllBe(static instance => instance.Source == InstanceSource.DubboJava && instance.Status == InstanceStatus.Up);
            instances[0].Metadata["dubbo.metadata.revision"].ShouldBe("4638952ef6ef27a221876e117341e395");
            instances[0].RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
            instances[0].Id.ShouldBe(instances[0].Key.IdFor(Given.UidOf("a")));
        }
    }

    [Fact]
    public void TheEndpointDecidesTheStatus()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("greeter").Offering("dubbo"), Given.Pod("a", "10.1.0.1").DubboJava(Metadata), Dubbo(Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1", ready: false))));
        registry.Instances("greeter").ShouldAllBe(static instance => instance.Status == InstanceStatus.Starting && instance.Reason == "NotReady");
    }

    [Fact]
    public void APortThatNoDubboEndpointHasStaysAnEndpoint()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("greeter").Offering("dubbo"), Given.Pod("a", "10.1.0.1").DubboJava(Metadata), Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1")));
        registry.Instances("greeter").Select(static instance => instance.Source).ShouldBe(
            [InstanceSource.DubboJava, InstanceSource.DubboJava, InstanceSource.Endpoints], ignoreOrder: true);
    }

    [Fact]
    public void WithoutEndpointsOfItsOwnItHasTheSlicesPort()
    {
        var metadata = new Dictionary<string, string> { ["dubbo.metadata.revision"] = "1", ["dubbo.metadata.storage-type"] = "local" };
        using var registry = ProjectedRegistry.Synced(
            Given.Service("greeter").Offering("dubbo"), Given.Pod("a", "10.1.0.1").DubboJava(metadata), Dubbo(Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1"))));
        var instance = registry.Only("greeter");
        instance.Source.ShouldBe(InstanceSource.DubboJava);
        instance.Key.Port.ShouldBe(20880);
    }

    [Fact]
    public void WithoutAServiceThatSelectsThereIsNoJoin()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Service("greeter", selects: false).Offering("dubbo"), Given.Pod("a", "10.1.0.1").DubboJava(Metadata), Dubbo(Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1"))));
        registry.Only("greeter").Source.ShouldBe(InstanceSource.Endpoints);
    }

    private static EndpointSlice Dubbo(EndpointSlice slice) => slice.WithPorts(new EndpointPort("dubbo", 20880, "TCP", null));
}
