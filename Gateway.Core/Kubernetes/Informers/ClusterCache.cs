using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The gateway's copy of the cluster. Each reflector writes its own store; the projector drains the feeds; any thread may look
/// objects up.
/// </summary>
public sealed class ClusterCache
{
    /// <summary>Pods by each of their addresses.</summary>
    public const string AddressIndex = "ip";

    private const string ServiceIndex = "service";

    private readonly Lock _gate = new();
    private bool _hasSynced;
    private bool _isLost;

    /// <summary>
    /// One informer per scope of <paramref name="layout"/>, in its order, for pods, Services and one of slices and Endpoints; at most one of
    /// nodes and of namespaces.
    /// </summary>
    public ClusterCache(
        ScopeLayout layout,
        ImmutableArray<Informer<Pod>> pods,
        ImmutableArray<Informer<Service>> services,
        ImmutableArray<Informer<EndpointSlice>> slices,
        ImmutableArray<Informer<Endpoints>> endpoints,
        Informer<Node>? nodes = null,
        Informer<Namespace>? namespaces = null)
    {
        Layout = layout;
        (PodScopes, ServiceScopes, SliceScopes, EndpointsScopes, Nodes, Namespaces) = (pods, services, slices, endpoints, nodes, namespaces);
        ListenTo(pods);
        ListenTo(services);
        ListenTo(slices);
        ListenTo(endpoints);
        ListenTo<Node>(nodes is null ? [] : [nodes]);
        ListenTo<Namespace>(namespaces is null ? [] : [namespaces]);
        UpdateCondition();
    }

    /// <summary>Raised by a writer after it added a change to a feed, with the timestamp of the change's arrival; 0: now. Handlers must not block.</summary>
    public event Action<long>? Changed;

    /// <summary>Raised when <see cref="HasSynced"/> or <see cref="IsLost"/> changed. Handlers must not block.</summary>
    public event Action? ConditionChanged;

    public ScopeLayout Layout { get; }
    public ImmutableArray<Informer<Pod>> PodScopes { get; }
    public ImmutableArray<Informer<Service>> ServiceScopes { get; }

    /// <summary>Empty where Endpoints are watched instead.</summary>
    public ImmutableArray<Informer<EndpointSlice>> SliceScopes { get; }

    /// <summary>Empty where slices are watched.</summary>
    public ImmutableArray<Informer<Endpoints>> EndpointsScopes { get; }

    public Informer<Node>? Nodes { get; }
    public Informer<Namespace>? Namespaces { get; }

    /// <summary>Every kind was listed once; nodes and namespaces may have been refused instead.</summary>
    public bool HasSynced => Volatile.Read(ref _hasSynced);

    /// <summary>Pods, Services or endpoints of a scope are not being watched, or it is in doubt whether their watch still is.</summary>
    public bool IsLost => Volatile.Read(ref _isLost);

    /// <summary>The kinds that are not being watched, as URLs name them; those that the gateway can do without included.</summary>
    public ImmutableArray<string> LostKinds
    {
        get
        {
            var lost = ImmutableArray.CreateBuilder<string>();
            Add(ResourceTypes.Pods, PodScopes);
            Add(ResourceTypes.Services, ServiceScopes);
            Add(ResourceTypes.EndpointSlices, SliceScopes);
            Add(ResourceTypes.Endpoints, EndpointsScopes);
            Add(ResourceTypes.Nodes, Nodes is null ? [] : [Nodes]);
            Add(ResourceTypes.Namespaces, Namespaces is null ? [] : [Namespaces]);
            return lost.DrainToImmutable();

            void Add<T>(ResourceType<T> type, ImmutableArray<Informer<T>> scopes)
                where T : class, IKubernetesObject
            {
                if (scopes.Any(static scope => scope.IsLost || scope.IsDoubted))
                    lost.Add(type.Plural);
            }
        }
    }

    public bool Watches(string ns) => Layout.Watches(ns);

    public Pod? FindPod(string ns, string name) => Find(PodScopes, ns, name);

    /// <summary>The pods of this namespace are watched, and the watch is not in doubt.</summary>
    public bool FollowsPods(string ns) =>
        Layout.IndexOf(ns) is var scope and >= 0 && PodScopes[scope] is { HasSynced: true, IsLost: false, IsDoubted: false };

    public Service? FindService(string ns, string name) => Find(ServiceScopes, ns, name);

    public Node? FindNode(string name) => Nodes?.Store.Find(new("", name));

    public Namespace? FindNamespace(string name) => Namespaces?.Store.Find(new("", name));

    /// <summary>Every pod with this address, in any state; several on one node if pods use the host network.</summary>
    public ImmutableArray<Pod> PodsByAddress(string address) =>
        [.. PodScopes.SelectMany(scope => scope.Store.ByIndex(AddressIndex, address))];

    /// <summary>The slices of this Service, read from EndpointSlices or Endpoints.</summary>
    public ImmutableArray<EndpointSlice> SlicesOf(string ns, string service)
    {
        var scope = Layout.IndexOf(ns);
        if (scope < 0)
            return [];
        return SliceScopes.IsEmpty
            ? EndpointsScopes[scope].Store.Find(new(ns, service))?.Slices ?? []
            : SliceScopes[scope].Store.ByIndex(ServiceIndex, ServiceIndexKey(ns, service));
    }

    /// <summary>Creates a store of slices with the indices that the cache uses.</summary>
    public static ObjectStore<EndpointSlice> NewSliceStore() => new(new ObjectIndex<EndpointSlice>(
        ServiceIndex, static slice => slice.ServiceName is { } service ? [ServiceIndexKey(slice.Metadata.Namespace, service)] : []));

    private static string ServiceIndexKey(string ns, string service) => $"{ns}/{service}";

    /// <summary>Creates a store of pods with the indices that the cache uses.</summary>
    public static ObjectStore<Pod> NewPodStore() => new(new ObjectIndex<Pod>(AddressIndex, static pod => pod.PodIPs) { Has = static (pod, address) => pod.HasAddress(address) });

    private T? Find<T>(ImmutableArray<Informer<T>> scopes, string ns, string name)
        where T : class, IKubernetesObject
    {
        var scope = Layout.IndexOf(ns);
        return scope < 0 ? null : scopes[scope].Store.Find(new(ns, name));
    }

    private void ListenTo<T>(ImmutableArray<Informer<T>> informers)
        where T : class, IKubernetesObject
    {
        foreach (var informer in informers)
        {
            informer.ConditionChanged = UpdateCondition;
            informer.Store.Changed = arrived =>
            {
                if (!HasSynced)
                    UpdateCondition();
                Changed?.Invoke(arrived);
            };
        }
    }

    private void UpdateCondition()
    {
        lock (_gate)
        {
            // Never goes back to false.
            var hasSynced = _hasSynced || All(PodScopes) && All(ServiceScopes) && All(SliceScopes) && All(EndpointsScopes) && Has(Nodes) && Has(Namespaces);
            var isLost = AnyLost(PodScopes) || AnyLost(ServiceScopes) || AnyLost(SliceScopes) || AnyLost(EndpointsScopes);
            if (hasSynced == _hasSynced && isLost == _isLost)
                return;
            Volatile.Write(ref _hasSynced, hasSynced);
            Volatile.Write(ref _isLost, isLost);
        }

        ConditionChanged?.Invoke();

        static bool All<T>(ImmutableArray<Informer<T>> scopes)
            where T : class, IKubernetesObject => scopes.All(static scope => scope.HasSynced);

        static bool AnyLost<T>(ImmutableArray<Informer<T>> scopes)
            where T : class, IKubernetesObject => scopes.Any(static scope => scope.IsLost || scope.IsDoubted);

        static bool Has<T>(Informer<T>? informer)
            where T : class, IKubernetesObject => informer is null || informer.HasSynced || informer.IsRefused;
    }
}
