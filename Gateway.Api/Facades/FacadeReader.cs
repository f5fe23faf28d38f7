using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades;

/// <summary>
/// What clients of other registries see: one namespace of one snapshot, of the sources that <c>Facades:Sources</c> names, in every status. What the
/// application of an interface shows in Dubbo's own form alone is left out, as in native lookups. Views are kept as long as their snapshots.
/// </summary>
internal sealed class FacadeReader
{
    private readonly RegistryState _state;
    private readonly FacadeSources _sources;
    private readonly ConditionalWeakTable<RegistrySnapshot, Dictionary<string, FacadeView>> _views = [];

    // The latest view of each namespace, so that the next one can share its list; under the table's own lock.
    private readonly Dictionary<string, FacadeView> _latest = new(StringComparer.Ordinal);

    public FacadeReader(RegistryState state, FacadeOptions options)
    {
        _state = state;
        _sources = new FacadeSources(options);
    }

    public FacadeView View(FacadeCall call) => View(_state.Current, call.Namespace);

    /// <summary>For answers that waited for a snapshot.</summary>
    public FacadeView View(RegistrySnapshot snapshot, string ns)
    {
        var views = _views.GetValue(snapshot, static _ => new(StringComparer.Ordinal));
        lock (_latest)
        {
            if (!views.TryGetValue(ns, out var view))
                views[ns] = _latest[ns] = view = new FacadeView(snapshot, ns, _sources, _latest.GetValueOrDefault(ns));
            return view;
        }
    }
}

/// <summary>One namespace of one snapshot. Immutable; its list is made by the first reader that needs it.</summary>
internal sealed class FacadeView(RegistrySnapshot snapshot, string ns, FacadeSources sources, FacadeView? former)
{
    // Let go once the list is made, else a view would keep all views before it.
    private FacadeView? _former = former;
    private FacadeServiceList? _list;

    public RegistrySnapshot Snapshot { get; } = snapshot;

    public string Namespace { get; } = ns;

    /// <summary>The listed services of the namespace that have an instance to be seen, by name, ordinal.</summary>
    public IReadOnlyList<ServiceSnapshot> Services => List.Services;

    /// <summary>The same object as in the former snapshot where no service of the namespace changed.</summary>
    internal FacadeServiceList List => Volatile.Read(ref _list) ?? Make();

    /// <summary>Null: it has no instance to be seen.</summary>
    public ServiceSnapshot? Find(string name) =>
        Snapshot.Services.TryGetValue(new ServiceKey(Namespace, name), out var service) && service.IsListed && !InstancesOf(service).IsEmpty ? service : null;

    /// <summary>In every status, sorted by id.</summary>
    public ImmutableArray<Instance> InstancesOf(ServiceSnapshot service) => sources.InstancesOf(service);

    private FacadeServiceList Make()
    {
        var services = Snapshot.Services.Values
            .Where(service => service.Key.Namespace == Namespace && service.IsListed && !InstancesOf(service).IsEmpty)
            .OrderBy(static service => service.Key.Name, StringComparer.Ordinal).ToArray();
        var before = Interlocked.Exchange(ref _former, null) is { } view ? Volatile.Read(ref view._list) : null;
        var list = before is not null && before.Services.SequenceEqual(services) ? before : new FacadeServiceList(services);
        return Interlocked.CompareExchange(ref _list, list, null) ?? list;
    }
}

/// <summary>The services of a namespace in one state.</summary>
internal sealed record FacadeServiceList(ServiceSnapshot[] Services);

/// <summary>Chooses the instances of a service by their source. What it chose is kept as long as the state of the service.</summary>
internal sealed class FacadeSources(FacadeOptions options)
{
    private readonly bool[] _shown =
        [.. InstanceSourceNames.All.Select(name => options.Sources.Length == 0 || options.Sources.Contains(name))];

    private readonly ConditionalWeakTable<ServiceSnapshot, object> _chosen = [];

    public ImmutableArray<Instance> InstancesOf(ServiceSnapshot service)
    {
        foreach (var instance in service.Instances)
        {
            if (!IsShown(instance))
                return (ImmutableArray<Instance>)_chosen.GetValue(service, Choose);
        }

        return service.Instances;
    }

    private object Choose(ServiceSnapshot service) => service.Instances.RemoveAll(instance => !IsShown(instance));

    private bool IsShown(Instance instance) => !instance.IsOfApplication && _shown[(int)instance.Source];
}
