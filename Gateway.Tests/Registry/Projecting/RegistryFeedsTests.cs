using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>The other ways to watch: Endpoints instead of slices, namespaces one by one.</summary>
public sealed class RegistryFeedsTests
{
    [Fact]
    public void EndpointsAreFoldedAsTheServiceOfTheirName()
    {
        var (pods, services, endpoints) = (new ObjectStore<Pod>(), new ObjectStore<Service>(), new ObjectStore<Endpoints>());
        var feeds = new RegistryFeeds { Pods = [new("", pods)], Services = [new("", services)], Endpoints = [new("", endpoints)] };
        pods.Replace([Given.Pod("a", "10.1.0.1"), Given.Pod("b", "10.1.0.2", Given.Record("b"))], 5);
        services.Replace([Given.Service("orders")], 5);
        var state = new RegistryState(RevisionLayout.WholeCluster, TimeProvider.System);
        using var projector = ProjectorOf(state, feeds);
        projector.Fold().ShouldBeFalse("Endpoints were not listed yet");

        // A subset as it is read: the slice has the name of the object and no label.
        var subset = Given.Slice("orders", "orders", Given.Endpoint("a", "10.1.0.1"), Given.Endpoint("b", "10.1.0.2", ready: false));
        subset = subset with { Metadata = subset.Metadata with { Labels = new Dictionary<string, string>() } };
        endpoints.Replace([new Endpoints { Metadata = subset.Metadata, Slices = [subset] }], 5);
        projector.Fold().ShouldBeTrue();
        var instances = state.Current.Find(new("shop", "orders")).Instances;
        instances.Single(static one => one.Pod!.Name == "a").Status.ShouldBe(InstanceStatus.Up);
        instances.Single(static one => one.Pod!.Name == "b").Reason.ShouldBe("NotReady");

        endpoints.Remove(subset.Metadata.Key, 6);
        projector.Fold();
        state.Current.Find(new("shop", "orders")).Instances.ShouldHaveSingleItem().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void EachWatchedNamespaceHasPartsOfItsOwn()
    {
        var (billing, shop, services, slices) =
            (new ObjectStore<Pod>(), new ObjectStore<Pod>(), new ObjectStore<Service>(), new ObjectStore<EndpointSlice>());
        var feeds = new RegistryFeeds
        {
            Pods = [new("billing", billing), new("shop", shop)],
            Services = [new("billing", services)],
            Slices = [new("billing", slices)],
        };
        billing.Replace([], 50);
        services.Replace([], 50);
        slices.Replace([], 50);
        var state = new RegistryState(new RevisionLayout(["shop", "billing"]), TimeProvider.System);
        using var projector = ProjectorOf(state, feeds);
        projector.Fold().ShouldBeFalse("one namespace was not listed yet");
        shop.Replace([Given.Pod("a", "10.1.0.1", Given.Record("a"))], 10);
        projector.Fold();

        state.Current.Revision.Covers(state.Current.RevisionOfPod("shop", 10)).ShouldBeTrue();
        state.Current.Revision.Covers(state.Current.RevisionOfPod("shop", 11)).ShouldBeFalse("the other namespace is ahead, not this one");
        state.Current.Revision.Covers(state.Current.RevisionOfPod("billing", 50)).ShouldBeTrue();
        state.Current.HasFolded("shop", "a", Given.UidOf("a"), 40).ShouldBeFalse();

        var known = state.Current.Find(new("shop", "orders")).Revision;
        billing.Advance(900);
        projector.Fold();
        state.Current.Find(new("shop", "orders")).Revision.ShouldBe(known);
    }

    private static RegistryProjector ProjectorOf(RegistryState state, RegistryFeeds feeds) => new(
        state, feeds, new PodRecordReader(new AnnotationOptions()), new NoLeases(), new MemoryPostLog(), new GatewayMetrics(),
        NullLogger<RegistryProjector>.Instance, TimeProvider.System);
}
