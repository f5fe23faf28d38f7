using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Api.Callers;
using Gateway.Core.Consumers;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades;

/// <summary>
/// What clients of other registries see: one namespace of one snapshot, of the sources that <c>Facades:Sources</c> names, in every status. What the
/// application of an interface shows in Dubbo's own form alone is left out, as in native lookups. Callers choose the namespaces, so only those that have
/// services take memory; what is made of one is kept as long as its snapshot, and no former snapshot by it. What a call reads is noted as consumed.
/// </summary>
internal sealed class FacadeReader : IDisposable
{
    private readonly RegistryState _state;
    private readonly ConsumerRecorder _consumers;
    private readonly FacadeSources _sources;
    private readonly FacadeLists _lists;
    private readonly ConditionalWeakTable<RegistrySnapshot, ConcurrentDictionary<string, FacadeNamespace>> _views = [];

    public FacadeReader(RegistryState state, FacadeOptions options, ConsumerRecorder consumers)
    {
        (_state, _consumers) = (state, consumers);
        _sources = new FacadeSources(options);
        _lists = new FacadeLists(state, _sources);
    }

    /// <summary>The namespaces whose lists are kept.</summary>
    internal int Kept => _lists.Count;

    /// <summary>What the call sees; the services that it reads of it, it consumes.</summary>
    public FacadeView View(FacadeCall call) => new(
        NamespaceOf(_state.Current, call.Namespace),
        call.Facade is { } facade ? service => _consumers.LookedUp(call.Evidence, service, facade) : null);

    /// <summary>For answers that waited for a snapshot.</summary>
    public FacadeView View(RegistrySnapshot snapshot, string ns) => new(NamespaceOf(snapshot, ns), null);

    public void Dispose() => _lists.Dispose();

    private FacadeNamespace NamespaceOf(RegistrySnapshot snapshot, string ns)
    {
        var views = _views.GetValue(snapshot, static _ => new(concurrencyLevel: 1, capacity: 4, StringComparer.Ordinal));
        return views.TryGetValue(ns, out var known) ? known : new FacadeNamespace(snapshot, ns, _sources, _lists, views);
    }
}

/// <summary>One namespace of one snapshot, as one call sees it.</summary>
/// <param name="shared">What all calls share.</param>
/// <param name="consumed">Is called with each service that is read, or with <see cref="ConsumerKey.EverythingIn"/> for all; null: that is not noted.</param>
internal sealed class FacadeView(FacadeNamespace shared, Action<ServiceKey>? consumed)
{
    public RegistrySnapshot Snapshot => shared.Snapshot;

    public string Namespace => shared.Namespace;

    /// <summary>The listed services of the namespace that have an instance to be seen, by name, ordinal.</summary>
    public IReadOnlyCollection<ServiceSnapshot> Services
    {
        get
        {
            NoteAll();
            return shared.List;
        }
    }

    /// <summary>The same object as in the former snapshot where no service of the namespace changed. To read it consumes nothing.</summary>
    internal FacadeServiceList List => shared.List;

    /// <summary>Null: it has no instance to be seen.</summary>
    public ServiceSnapshot? Find(string name)
    {
        var found = shared.Find(name);
        if (found is not null)
            consumed?.Invoke(found.Key);
        return found;
    }

    /// <summary>For what is read of services without <see cref="Find"/>.</summary>
    public void Note(ImmutableArray<ServiceKey> services)
    {
        if (consumed is null)
            return;
        foreach (var service in services)
            consumed(service);
    }

    /// <summary>For what is read of all services without <see cref="Services"/>.</summary>
    public void NoteAll() => consumed?.Invoke(ConsumerKey.EverythingIn(Namespace));

    /// <summary>In every status, sorted by id.</summary>
    public ImmutableArray<Instance> InstancesOf(ServiceSnapshot service) => shared.InstancesOf(service);
}

/// <summary>One namespace of one snapshot. Immutable; its list is made by the first reader that needs it, and only then, if it has services, it is kept.</summary>
internal sealed class FacadeNamespace(
    RegistrySnapshot snapshot, string ns, FacadeSources sources, FacadeLists lists, ConcurrentDictionary<string, FacadeNamespace> kept)
{
    private FacadeServiceList? _list;

    public RegistrySnapshot Snapshot { get; } = snapshot;

    public string Namespace { get; } = ns;

    /// <summary>The same object as in the former snapshot where no service of the namespace changed.</summary>
    internal FacadeServiceList List => Volatile.Read(ref _list) ?? Make();

    /// <summary>Null: it has no instance to be seen.</summary>
    public ServiceSnapshot? Find(string name) => sources.Find(Snapshot, new ServiceKey(Namespace, name));

    /// <summary>In every status, sorted by id.</summary>
    public ImmutableArray<Instance> InstancesOf(ServiceSnapshot service) => sources.InstancesOf(service);

    private FacadeServiceList Make()
    {
        var made = lists.At(Snapshot, Namespace);
        var list = Interlocked.CompareExchange(ref _list, made, null) ?? made;
        if (list.Count > 0)
            kept.TryAdd(Namespace, this);
        return list;
    }
}
