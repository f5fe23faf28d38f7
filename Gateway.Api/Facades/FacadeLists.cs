using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades;

/// <summary>
/// Holds the latest list of each namespace that has services and is read, so that the next one costs what changed since and shares the rest. What changed is
/// noted on the projector's thread as it is published; readers bring the list forward, under the lock.
/// </summary>
internal sealed class FacadeLists : IDisposable
{
    /// <summary>With more notes than this a list is made from its snapshot: it may not be read any more.</summary>
    internal const int MaxNotes = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Latest> _latest = new(StringComparer.Ordinal);
    private readonly FacadeSources _sources;
    private readonly IDisposable _listening;
    private ulong _noted;
    private long _visited;

    public FacadeLists(RegistryState state, FacadeSources sources)
    {
        _sources = sources;
        _listening = state.OnPublished(Note, forClients: true);
        lock (_gate)
            _noted = Math.Max(_noted, state.Current.Sequence);
    }

    /// <summary>The namespaces whose lists are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _latest.Count;
        }
    }

    /// <summary>The services that were looked at so far, for all lists.</summary>
    internal long Visited => Interlocked.Read(ref _visited);

    public void Dispose() => _listening.Dispose();

    /// <summary>The services of a namespace in a snapshot; the same object as before where none of them changed.</summary>
    public FacadeServiceList At(RegistrySnapshot snapshot, string ns)
    {
        Latest? begun = null;
        lock (_gate)
        {
            // A snapshot can be read a moment before its changes are noted.
            if (!_latest.TryGetValue(ns, out var latest))
            {
                if (snapshot.Sequence >= _noted)
                    _latest[ns] = begun = new Latest();
            }
            else if (latest.List is not null && latest.Sequence <= snapshot.Sequence && snapshot.Sequence <= _noted)
            {
                return AdvanceLocked(latest, snapshot, ns);
            }
        }

        // Not under the lock, which the projector takes: what changes from here on is noted already.
        var made = Make(snapshot, ns);
        if (begun is null)
            return made;
        lock (_gate)
        {
            (begun.List, begun.Sequence) = (made, snapshot.Sequence);
            ForgetEmptyLocked(begun, ns);
        }

        return made;
    }

    private FacadeServiceList AdvanceLocked(Latest latest, RegistrySnapshot snapshot, string ns)
    {
        var services = latest.List!.ByName;
        foreach (var name in latest.Notes.Keys)
            services = Shown(snapshot, new ServiceKey(ns, name)) is { } service ? services.SetItem(name, service) : services.Remove(name);

        if (!ReferenceEquals(services, latest.List.ByName))
            latest.List = new FacadeServiceList(services);
        latest.Sequence = snapshot.Sequence;
        foreach (var (name, sequence) in latest.Notes)
        {
            if (sequence <= snapshot.Sequence)
                latest.Notes.Remove(name);
        }

        ForgetEmptyLocked(latest, ns);
        return latest.List;
    }

    private void ForgetEmptyLocked(Latest latest, string ns)
    {
        if (latest.List is { Count: 0 } && _latest.GetValueOrDefault(ns) == latest)
            _latest.Remove(ns);
    }

    private FacadeServiceList Make(RegistrySnapshot snapshot, string ns)
    {
        var services = ImmutableSortedDictionary.CreateBuilder<string, ServiceSnapshot>(StringComparer.Ordinal);
        foreach (var key in snapshot.Services.Keys)
        {
            if (key.Namespace == ns && Shown(snapshot, key) is { } service)
                services.Add(key.Name, service);
        }

        return new FacadeServiceList(services.ToImmutable());
    }

    private ServiceSnapshot? Shown(RegistrySnapshot snapshot, ServiceKey key)
    {
        Interlocked.Increment(ref _visited);
        return _sources.Find(snapshot, key);
    }

    private void Note(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed)
    {
        lock (_gate)
        {
            _noted = Math.Max(_noted, snapshot.Sequence);
            if (_latest.Count == 0)
                return;
            foreach (var key in changed)
            {
                if (!_latest.TryGetValue(key.Namespace, out var latest))
                    continue;
                latest.Notes[key.Name] = snapshot.Sequence;
                if (latest.Notes.Count > MaxNotes || HasEndedLocked(latest, snapshot, key))
                    _latest.Remove(key.Namespace);
            }
        }
    }

    // A namespace that is deleted may never be read again.
    private static bool HasEndedLocked(Latest latest, RegistrySnapshot snapshot, ServiceKey key) =>
        latest.List is { } list && latest.Notes.Count >= list.Count && !snapshot.Services.ContainsKey(key)
        && list.ByName.Keys.All(name => latest.Notes.ContainsKey(name) && !snapshot.Services.ContainsKey(new ServiceKey(key.Namespace, name)));

    /// <summary>A list, and what changed since it. Without a list: one is being made.</summary>
    private sealed class Latest
    {
        public FacadeServiceList? List { get; set; }

        public ulong Sequence { get; set; }

        /// <summary>The names of changed services, each with the snapshot in which it changed last.</summary>
        public Dictionary<string, ulong> Notes { get; } = new(StringComparer.Ordinal);
    }
}

/// <summary>The services of a namespace in one state, by name, ordinal.</summary>
internal sealed class FacadeServiceList(ImmutableSortedDictionary<string, ServiceSnapshot> byName) : IReadOnlyCollection<ServiceSnapshot>
{
    public ImmutableSortedDictionary<string, ServiceSnapshot> ByName => byName;

    public int Count => byName.Count;

    public IEnumerator<ServiceSnapshot> GetEnumerator()
    {
        foreach (var (_, service) in byName)
            yield return service;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Chooses the instances of a service by their source. What it chose is kept as long as the state of the service.</summary>
internal sealed class FacadeSources(FacadeOptions options)
{
    private readonly bool[] _shown =
        [.. InstanceSourceNames.All.Select(name => options.Sources.Length == 0 || options.Sources.Contains(name))];

    private readonly ConditionalWeakTable<ServiceSnapshot, object> _chosen = [];

    /// <summary>Null: it is not listed, or has no instance to be seen.</summary>
    public ServiceSnapshot? Find(RegistrySnapshot snapshot, ServiceKey key) =>
        snapshot.Services.TryGetValue(key, out var service) && service.IsListed && !InstancesOf(service).IsEmpty ? service : null;

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
