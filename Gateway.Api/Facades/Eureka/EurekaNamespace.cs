using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// One namespace as Eureka's clients see it, and what changed in it lately. Every reader brings it forward to its own snapshot first, under the lock; what
/// changed between two readers is recorded as one change, at the time of the later one, so no client that asks again within the window misses it.
/// </summary>
internal sealed class EurekaNamespace(TimeProvider time)
{
    /// <summary>How long a change is part of every delta: the original server's retention. Clients ask every 30 s.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromMinutes(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownService> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _servicesOfApp = new(StringComparer.Ordinal);
    private readonly LinkedList<Change> _changes = [];
    private readonly Dictionary<(string App, string Id), LinkedListNode<Change>> _changeOf = [];
    private readonly long _since = time.GetTimestamp();
    private IReadOnlyCollection<ServiceSnapshot>? _seen;
    private volatile EurekaDirectory? _current;
    private long _version = 1;
    private (EurekaList? Json, EurekaList? Xml) _delta;

    /// <summary>The changes that are kept.</summary>
    internal int Changes
    {
        get
        {
            lock (_gate)
                return _changes.Count;
        }
    }

    /// <summary>The state at the view's snapshot, or at a later one that another reader brought.</summary>
    public EurekaDirectory At(FacadeView view) =>
        _current is { } current && current.Snapshot.Sequence >= view.Snapshot.Sequence ? current : At(view.Snapshot, view.List, view.InstancesOf);

    internal EurekaDirectory At(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceSnapshot> services, Func<ServiceSnapshot, ImmutableArray<Instance>> instancesOf)
    {
        lock (_gate)
        {
            if (_current is null || _current.Snapshot.Sequence < snapshot.Sequence)
                _current = AdvanceLocked(snapshot, services, instancesOf);
            return _current;
        }
    }

    /// <summary>
    /// What changed within the retention, each instance once, with the hash of the whole. Before the first retention has passed a client may have been
    /// served by a process that knew more: then it is the whole list as ADDED. If nothing was lost its hash fits; else the client asks for all.
    /// </summary>
    public EurekaList Delta(IEurekaForm form)
    {
        lock (_gate)
        {
            var current = _current!;
            if (time.GetElapsedTime(_since) < Retention)
                return current.All(form);
            PruneLocked();
            return form is EurekaJson ? _delta.Json ??= MakeDeltaLocked(current, form) : _delta.Xml ??= MakeDeltaLocked(current, form);
        }
    }

    private EurekaDirectory AdvanceLocked(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceSnapshot> services, Func<ServiceSnapshot, ImmutableArray<Instance>> instancesOf)
    {
        // The same list: no service of the namespace changed.
        if (_current is { } current && ReferenceEquals(services, _seen))
            return current.In(snapshot);
        _seen = services;
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            var known = _services.GetValueOrDefault(service.Key.Name);
            if (known is not null && known.State.Instances == service.Instances)
            {
                known.LastSeen = snapshot.Sequence;
                continue;
            }

            ReplaceLocked(service.Key.Name, new KnownService(service, instancesOf(service), known) { LastSeen = snapshot.Sequence }, touched);
        }

        foreach (var gone in _services.Where(one => one.Value.LastSeen != snapshot.Sequence).Select(static one => one.Key).ToList())
            ReplaceLocked(gone, null, touched);
        if (touched.Count == 0 && _current is not null)
            return _current.In(snapshot);

        var before = _current?.Applications ?? ImmutableSortedDictionary.Create<string, EurekaApplication>(StringComparer.Ordinal);
        var after = before.ToBuilder();
        foreach (var app in touched)
        {
            var found = _servicesOfApp.GetValueOrDefault(app)?.SelectMany(service => _services[service].Shown.Where(one => one.App == app)).ToList() ?? [];
            var (former, next) = (before.GetValueOrDefault(app), found.Count == 0 ? null : EurekaApplication.Of(app, found));
            if (next is null)
                after.Remove(app);
            else
                after[app] = next;
            if (_current is not null)
                RecordLocked(app, former?.Instances ?? [], next?.Instances ?? []);
        }

        // Not every client asks for deltas.
        PruneLocked();
        _delta = default;
        return new EurekaDirectory(snapshot, after.ToImmutable());
    }

    private void ReplaceLocked(string service, KnownService? next, HashSet<string> touched)
    {
        if (_services.TryGetValue(service, out var former))
        {
            foreach (var app in former.Apps)
            {
                touched.Add(app);
                if (_servicesOfApp.TryGetValue(app, out var services) && services.Remove(service) && services.Count == 0)
                    _servicesOfApp.Remove(app);
            }
        }

        if (next is null)
        {
            _services.Remove(service);
            return;
        }

        _services[service] = next;
        foreach (var app in next.Apps)
        {
            touched.Add(app);
            if (!_servicesOfApp.TryGetValue(app, out var services))
                _servicesOfApp[app] = services = new(StringComparer.Ordinal);
            services.Add(service);
        }
    }

    private void RecordLocked(string app, ImmutableArray<EurekaInstance> before, ImmutableArray<EurekaInstance> after)
    {
        var former = before.ToDictionary(static one => one.InstanceId, StringComparer.Ordinal);
        foreach (var one in after)
        {
            if (!former.Remove(one.InstanceId, out var known))
                RecordLocked(one, _changeOf.ContainsKey((app, one.InstanceId)) ? EurekaActions.Modified : EurekaActions.Added);
            else if (!ReferenceEquals(known, one) && known != one)
                RecordLocked(one, EurekaActions.Modified);
        }

        foreach (var gone in former.Values)
            RecordLocked(gone, EurekaActions.Deleted);
    }

    // One that came back, or changed after it came, is MODIFIED: a client that holds it replaces it, one that does not adds it.
    private void RecordLocked(EurekaInstance instance, string action)
    {
        var key = (instance.App, instance.InstanceId);
        if (_changeOf.Remove(key, out var former))
            _changes.Remove(former);
        _changeOf[key] = _changes.AddLast(new Change(time.GetTimestamp(), action, instance));
        _version++;
    }

    private void PruneLocked()
    {
        while (_changes.First is { Value: var oldest } first && time.GetElapsedTime(oldest.At) > Retention)
        {
            _changes.Remove(first);
            _changeOf.Remove((oldest.Instance.App, oldest.Instance.InstanceId));
            _version++;
            _delta = default;
        }
    }

    private EurekaList MakeDeltaLocked(EurekaDirectory current, IEurekaForm form) => EurekaList.Of(
        form, current.Hash, _version,
        _changes.GroupBy(static change => change.Instance.App, StringComparer.Ordinal)
            .Select(app => form.Application(app.Key, app.Select(static change => (change.Instance, change.Action)))));

    private sealed record Change(long At, string Action, EurekaInstance Instance);

    /// <summary>One service in the state that was read last, and its instances as they are shown; an unchanged instance is the same object.</summary>
    private sealed class KnownService
    {
        private readonly Dictionary<string, (Instance Instance, EurekaInstance? Shown)> _known = new(StringComparer.Ordinal);

        public KnownService(ServiceSnapshot state, ImmutableArray<Instance> instances, KnownService? former)
        {
            State = state;
            foreach (var instance in instances)
            {
                _known[instance.Id] = former is not null && former._known.TryGetValue(instance.Id, out var known) && ReferenceEquals(known.Instance, instance)
                    ? known
                    : (instance, EurekaInstance.Of(instance));
            }

            Shown = [.. _known.Values.Select(static one => one.Shown).OfType<EurekaInstance>()];
            Apps = [.. Shown.Select(static one => one.App).Distinct(StringComparer.Ordinal)];
        }

        public ServiceSnapshot State { get; }

        public ImmutableArray<EurekaInstance> Shown { get; }

        public ImmutableArray<string> Apps { get; }

        public ulong LastSeen { get; set; }
    }
}
