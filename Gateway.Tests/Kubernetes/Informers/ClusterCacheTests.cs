using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ClusterCacheTests
{
    private readonly Informer<Pod> _shop = new("shop", ClusterCache.NewPodStore());
    private readonly Informer<Pod> _web = new("web", ClusterCache.NewPodStore());
    private readonly Informer<Service> _services = new("shop", new ObjectStore<Service>());
    private readonly Informer<Service> _webServices = new("web", new ObjectStore<Service>());
    private readonly Informer<EndpointSlice> _slices = new("shop", new ObjectStore<EndpointSlice>());
    private readonly Informer<EndpointSlice> _webSlices = new("web", new ObjectStore<EndpointSlice>());
    private readonly Informer<Node> _nodes = new("", new ObjectStore<Node>());
    private readonly ClusterCache _cache;

    public ClusterCacheTests() =>
        _cache = new(new ScopeLayout(["web", "shop"]), [_shop, _web], [_services, _webServices], [_slices, _webSlices], [], _nodes);

    [Fact]
    public void ItHasSyncedWhenEveryKindOfEveryNamespaceHasAndNodesMayBeRefused()
    {
        var turns = 0;
        _cache.ConditionChanged += () => turns++;
        _shop.Store.Replace([], 1);
        _web.Store.Replace([], 1);
        _services.Store.Replace([], 1);
        _webServices.Store.Replace([], 1);
        _slices.Store.Replace([], 1);
        _webSlices.Store.Replace([], 1);
        _cache.HasSynced.ShouldBeFalse();
        _nodes.ReportRefused(true);
        _cache.HasSynced.ShouldBeTrue();
        _nodes.ReportRefused(false);
        _cache.HasSynced.ShouldBeTrue();
        turns.ShouldBe(1);
    }

    [Fact]
    public void ItIsLostWhenAnyRequiredKindIs()
    {
        _nodes.ReportLost(true);
        _cache.IsLost.ShouldBeFalse();
        _webSlices.ReportLost(true);
        _cache.IsLost.ShouldBeTrue();
        _webSlices.ReportLost(false);
        _cache.IsLost.ShouldBeFalse();
    }

    [Fact]
    public void ObjectsAreFoundInTheirNamespacesScope()
    {
        var changes = 0;
        _cache.Changed += _ => changes++;
        _web.Store.Put(new() { Metadata = new() { Name = "a", Namespace = "web", Version = 1 }, PodIPs = ["10.0.0.1"] }, 1);
        _nodes.Store.Put(new() { Metadata = new() { Name = "n1", Version = 1 } }, 1);
        _cache.FindPod("web", "a").ShouldNotBeNull();
        _cache.FindPod("shop", "a").ShouldBeNull();
        _cache.FindPod("elsewhere", "a").ShouldBeNull();
        _cache.FindNode("n1").ShouldNotBeNull();
        _cache.FindNamespace("web").ShouldBeNull();
        _cache.PodsByAddress("10.0.0.1").ShouldHaveSingleItem();
        _cache.Watches("web").ShouldBeTrue();
        _cache.Watches("elsewhere").ShouldBeFalse();
        changes.ShouldBe(2);
    }

    [Fact]
    public void ALayoutNamesScopesInOneOrderEverywhere()
    {
        new ScopeLayout(["b", "a", "b"]).Namespaces.ShouldBe(["a", "b"]);
        new ScopeLayout(["b", "a"]).ShouldBe(new ScopeLayout(["a", "b"]));
        new ScopeLayout([]).ShouldSatisfyAllConditions(
            whole => whole.IsWholeCluster.ShouldBeTrue(),
            whole => whole.IndexOf("any").ShouldBe(0),
            whole => whole.Count.ShouldBe(1));
        new ScopeLayout(["b", "d"]).IndexOf("c").ShouldBe(-1);
    }
}
