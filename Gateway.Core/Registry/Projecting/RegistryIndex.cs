using System.Collections;
using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Tracks which services depend on which objects: applies changed objects and collects the services they affect. Written and read by the
/// projector's thread alone.
/// </summary>
internal sealed class RegistryIndex(
    PodRecordReader reader, ILeaseStore leases, IPostLog posts, UnreadableRecords unreadable, ReservedRecords reserved, ServiceOrigins origins, bool watchesEveryPod)
{
    private readonly PodTable.Builder _pods = new();
    private readonly Dictionary<ServiceKey, ServiceNode> _services = [];
    private readonly Dictionary<ObjectKey, (ServiceKey Service, ImmutableArray<EndpointSlice> Slices)> _slices = [];
    private readonly Dictionary<string, string> _zones = new(StringComparer.Ordinal);
    private readonly EndpointTargets _targets = new();

    // Pods that changed (null: deleted) and are not in a snapshot yet.
    private Dictionary<ObjectKey, PodEntry?> _changedPods = [];

    /// <summary>Every pod, as applied.</summary>
    public IEnumerable<PodEntry> Pods => _pods.All;

    // Services whose annotations or metadata could not be read, by a bug: read again whenever they are touched.
    private readonly HashSet<ServiceKey> _misread = [];

    /// <summary>Services that must be projected again.</summary>
    public TouchedServices Touched { get; } = new();

    /// <summary>
    /// Everything from which the touched services are projected, those included whose instances come from a touched one; after that nothing is
    /// touched.
    /// </summary>
    public GatheredChanges Gather()
    {
        List<(ServiceKey Service, Exception Failure)> failed = [];
        TouchAliases(failed);

        // An application is the origin of each of its interfaces: its inputs are gathered once.
        var own = new Dictionary<ServiceKey, ServiceInputs>();
        var inputs = new List<ServiceInputs>(Touched.Count);
        foreach (var key in failed.Count == 0 ? Touched.Keys : Touched.Keys.Except(failed.Select(static one => one.Service)))
        {
            try
            {
                inputs.Add(InputsOf(key, own));
            }
            catch (Exception failure) when (UnprojectedServices.IsOfItem(failure))
            {
                failed.Add((key, failure));
            }
        }

        var changes = new GatheredChanges(inputs, _changedPods) { Failed = failed, FindPod = FindPod, AllPods = _pods.ToTable() };

        // Not emptied but left to the changes: the first list would leave room for every pod.
        _changedPods = [];
        Touched.Clear();
        return changes;
    }

    /// <summary>
    /// Rebuilds the index from the pods of a snapshot. After that, apply all Services, slices and nodes, and the changes of pods; then call
    /// <see cref="TouchAll"/>.
    /// </summary>
    public void Restart(PodTable pods)
    {
        _pods.Restart(pods);
        _services.Clear();
        _slices.Clear();
        _zones.Clear();
        _targets.Clear();
        origins.Clear();
        Touched.Clear();
        _misread.Clear();
        _changedPods.Clear();
        foreach (var entry in pods.Recorded)
        {
            var key = entry.Pod.Metadata.Key;
            foreach (var record in entry.AsRead.Registrations)
                Enter(key, record);
            CountApplications(null, entry.Records);
        }

        unreadable.Restart(pods.Recorded);
        reserved.Restart(pods.Recorded);
    }

    /// <summary>Touches every service.</summary>
    public void TouchAll() => Touched.UnionWith(_services.Keys);

    /// <summary>
    /// Whether the time of its last POST can change the instance: hardly ever, since a POST says nothing new of a container that has not restarted. What
    /// cannot be told from the pod's records counts as yes.
    /// </summary>
    public bool DependsOnPost(Instance? instance)
    {
        if (instance?.Pod is not { } pod || FindPod(pod.KeyIn(instance.Service.Namespace)) is not { } entry)
            return true;
        try
        {
            return entry.Records.Find(instance.Id) is not { } record || ContainerRestart.DependsOnPost(entry.Pod, record);
        }
        catch (Exception failure) when (UnprojectedServices.IsOfItem(failure))
        {
            return true;
        }
    }

    private PodEntry? FindPod(ObjectKey key) => _pods.Find(key);

    private PodEntry EntryOf(ObjectKey key) => FindPod(key) ?? throw new KeyNotFoundException($"The pod {key} is not in the index.");

    private string? ZoneOf(string node) => _zones.GetValueOrDefault(node);

    private ServiceInputs InputsOf(ServiceKey key, Dictionary<ServiceKey, ServiceInputs> own)
    {
        var inputs = OwnInputsOf(key, own);
        if (OriginsOf(key, own) is { Count: > 0 } found)
            return inputs with { Origins = found };
        return Touched.PodsOf(key) is { } pods ? inputs with { TouchedPods = pods } : inputs;
    }

    /// <summary>Without the origins.</summary>
    private ServiceInputs OwnInputsOf(ServiceKey key, Dictionary<ServiceKey, ServiceInputs> own)
    {
        if (own.TryGetValue(key, out var gathered))
            return gathered;
        var node = _services.GetValueOrDefault(key);
        return own[key] = new ServiceInputs
        {
            Key = key,
            Service = node?.Service,
            Slices = node?.Slices() ?? [],
            Pods = node is null ? [] : new PodsOfService(node.Pods, EntryOf),
            ReservesName = reserved.IsEnforced,
            WatchesEveryPod = watchesEveryPod,
            ListsEndpoints = reader.Reads(InstanceSource.Endpoints),
            FindPod = FindPod,
            ZoneOf = ZoneOf,
        };
    }

    /// <summary>Also marks services whose instances come from a touched one.</summary>
    private void TouchAliases(List<(ServiceKey Service, Exception Failure)> failed)
    {
        // The existence of a Service may decide the names of another.
        foreach (var key in Touched.Keys.ToList())
            Touched.UnionWith(origins.Dependents(key));
        foreach (var key in Touched.Keys.ToList())
        {
            // The state of pods and endpoints decides no name; to read all records of a service of thousands of pods takes long.
            if (!Touched.MayHaveNewNames(key) && !_misread.Contains(key))
            {
                Touched.UnionWith(origins.AliasesOf(key));
                continue;
            }

            _misread.Remove(key);
            var existing = origins.DependsOn(key).Where(Exists).ToHashSet();
            Touched.UnionWith(origins.Refresh(key, _services.GetValueOrDefault(key)?.Service, ApplicationsOf(key), existing, failure => IsOfItem(key, failure)));
        }

        bool IsOfItem(ServiceKey service, Exception failure)
        {
            if (!UnprojectedServices.IsOfItem(failure))
                return false;
            failed.Add((service, failure));
            _misread.Add(service);
            return true;
        }
    }

    /// <summary>The applications that registrations under that name belong to.</summary>
    private ImmutableSortedSet<string> ApplicationsOf(ServiceKey key) => _services.GetValueOrDefault(key)?.Applications.Names ?? ServiceOrigins.NoNames;

    private bool Exists(ServiceKey key) => FindService(key) is not null;

    private List<ServiceOrigin> OriginsOf(ServiceKey key, Dictionary<ServiceKey, ServiceInputs> own)
    {
        List<ServiceOrigin> found = [];
        foreach (var origin in origins.OriginsOf(key))
        {
            found.Add(new ServiceOrigin
            {
                Inputs = OwnInputsOf(origin, own),
                Names = origins.NamesOf(origin, key.Name),
                IsOfApplication = origins.IsOfApplication(origin, key.Name),
                Facts = origins.FactsOf(origin) is { } facts && facts.AllInterfaces.Contains(key.Name) ? facts : null,
            });
        }

        // A Service's own annotation takes precedence over configured rules and targets.
        var first = found.SelectMany(static origin => origin.Names).Select(static name => name.Way).DefaultIfEmpty().Min();
        for (var i = 0; i < found.Count; i++)
            found[i] = found[i] with { Names = [.. found[i].Names.Where(name => name.Way == first)] };
        return found;
    }

    public void TakePods(IReadOnlyDictionary<ObjectKey, Pod?> changes)
    {
        foreach (var (key, pod) in changes)
            TakePod(key, pod);
    }

    public void TakeServices(IReadOnlyDictionary<ObjectKey, Service?> changes)
    {
        foreach (var (key, service) in changes)
        {
            var name = new ServiceKey(key.Namespace, key.Name);
            NodeOf(name).Service = service;
            PermitAgain(name);
            TouchAndPrune(name);
        }
    }

    public void TakeSlices(IReadOnlyDictionary<ObjectKey, EndpointSlice?> changes)
    {
        foreach (var (key, slice) in changes)
        {
            PutSlices(
                key, slice?.ServiceName is { } service ? new ServiceKey(key.Namespace, service) : null, slice is null ? [] : [slice]);
        }
    }

    public void TakeEndpoints(IReadOnlyDictionary<ObjectKey, Endpoints?> changes)
    {
        foreach (var (key, endpoints) in changes)
            PutSlices(key, endpoints is null ? null : new ServiceKey(key.Namespace, key.Name), endpoints?.Slices ?? []);
    }

    public void TakeNodes(IReadOnlyDictionary<ObjectKey, Node?> changes)
    {
        HashSet<string>? moved = null;
        foreach (var (key, node) in changes)
        {
            var zone = node?.Zone;
            if (_zones.GetValueOrDefault(key.Name) == zone)
                continue;
            if (zone is null)
                _zones.Remove(key.Name);
            else
                _zones[key.Name] = zone;
            (moved ??= new(StringComparer.Ordinal)).Add(key.Name);
        }

        // A node gets its zone once, before it has pods: a scan of all pods is cheaper than an index.
        if (moved is not null)
            TouchOnNodes(moved);
    }

    private void TakePod(ObjectKey key, Pod? pod)
    {
        var before = _pods.Find(key);
        if (before is not null && ReferenceEquals(before.Pod, pod))
            return;
        if (pod is null)
        {
            if (before is null)
                return;
            _pods.Change(before, null);
            _changedPods[key] = null;
            CountApplications(before.Records, null);
            MoveBetweenServices(key, before.AsRead, PodRecords.None);
            reserved.Observe(key, before.Records, null);
            Touch(key, before, null);
            return;
        }

        // Records with the same labels: the same of them are permitted.
        var keeps = before is not null && PodChange.KeepsRecords(before.Pod, pod);
        var after = keeps ? before! with { Pod = pod } : Permit(pod, reader.Read(pod));
        _pods.Change(before, after);
        _changedPods[key] = after;
        CountApplications(before?.Records, after.Records);
        if (keeps && PodChange.LooksSame(before!.Pod, pod))
            return;
        MoveBetweenServices(key, before?.AsRead ?? PodRecords.None, after.AsRead);
        reserved.Observe(key, before?.Records, after.Records);
        Touch(key, before, after);
    }

    private PodEntry Permit(Pod pod, PodRecords read) =>
        new(pod, reserved.IsEnforced ? ReservedNames.Permitted(pod, read, FindService) : read) { AsRead = read };

    /// <summary>The Service of that name has changed: which pods may have its name may have changed too.</summary>
    private void PermitAgain(ServiceKey name)
    {
        var node = NodeOf(name);
        foreach (var key in node.Pods.Concat(node.Applicants).Distinct())
        {
            var before = EntryOf(key);
            var after = Permit(before.Pod, before.AsRead);
            if (before.Records.Reserved.AsSpan().SequenceEqual(after.Records.Reserved.AsSpan()))
                continue;
            _pods.Change(before, after);
            _changedPods[key] = after;
            CountApplications(before.Records, after.Records);
            reserved.Observe(key, before.Records, after.Records);
            Touch(key, before, after);
        }
    }

    private Service? FindService(ServiceKey key) => _services.GetValueOrDefault(key)?.Service;

    private void Touch(ObjectKey key, PodEntry? before, PodEntry? after)
    {
        var hasNewRecords = !ReferenceEquals(before?.AsRead, after?.AsRead) || !ReferenceEquals(before?.Records, after?.Records);
        _targets.Touch(key, hasNewRecords, Touched);
        TouchNamed(key, before, hasNewRecords);
        TouchNamed(key, after, hasNewRecords);
    }

    private void TouchNamed(ObjectKey pod, PodEntry? entry, bool hasNewRecords)
    {
        foreach (var record in entry?.AsRead.Registrations ?? [])
            TouchPod(ServiceOf(record), pod, hasNewRecords);
    }

    private void TouchPod(ServiceKey service, ObjectKey pod, bool hasNewRecords)
    {
        if (service.Namespace == pod.Namespace)
            Touched.AddPod(service, pod, hasNewRecords);
        else
            Touched.Add(service);
    }

    /// <summary>Moves the pod from the services of its former records to those of its current ones.</summary>
    private void MoveBetweenServices(ObjectKey pod, PodRecords before, PodRecords after)
    {
        if (ReferenceEquals(before, after))
            return;
        unreadable.Observe(pod, before, after);
        foreach (var record in after.Registrations)
            Enter(pod, record);

        foreach (var record in before.Registrations)
        {
            // Only own records have leases, and of several with one id the own one is found.
            var kept = after.Find(record.Id);
            if (kept is null)
                posts.Forget(record.Id);
            if (record.Ttl is not null && kept?.Ttl is null)
                leases.Forget(record.Id);
        }

        foreach (var name in before.Services)
        {
            if (!after.OfService(name).IsEmpty)
                continue;
            var service = new ServiceKey(pod.Namespace, name);
            NodeOf(service).Pods.Remove(pod);
            TouchPod(service, pod, hasNewRecords: true);
            Prune(service);
        }

        foreach (var application in ApplicationsOf(before).Except(ApplicationsOf(after)))
        {
            NodeOf(application).Applicants.Remove(pod);
            TouchAndPrune(application);
        }
    }

    private static HashSet<ServiceKey> ApplicationsOf(PodRecords records)
    {
        HashSet<ServiceKey> applications = [];
        foreach (var record in records.Registrations)
        {
            if (ApplicationOf(record) is { } application)
                applications.Add(application);
        }

        return applications;
    }

    /// <summary>With each change of a pod's served records, before its service may be pruned: a record that is new reads no other pod of the service.</summary>
    private void CountApplications(PodRecords? before, PodRecords? after)
    {
        if (ReferenceEquals(before, after))
            return;
        foreach (var record in after?.Registrations ?? [])
        {
            if (ReservedNames.ApplicationOf(record) is { } name)
                NodeOf(ServiceOf(record)).Applications.Add(name);
        }

        foreach (var record in before?.Registrations ?? [])
        {
            if (ReservedNames.ApplicationOf(record) is { } name && _services.TryGetValue(ServiceOf(record), out var node))
                node.Applications.Remove(name);
        }
    }

    private void Enter(ObjectKey pod, RegistrationRecord record)
    {
        NodeOf(ServiceOf(record)).Pods.Add(pod);
        if (ApplicationOf(record) is { } application)
            NodeOf(application).Applicants.Add(pod);
        if (record.Ttl is { } ttl)
            leases.Expect(record.Id, TimeSpan.FromSeconds(ttl));
    }

    private void PutSlices(ObjectKey key, ServiceKey? service, ImmutableArray<EndpointSlice> slices)
    {
        // Added first: the entries of pods that stay in the slice are kept.
        if (service is { } next)
            _targets.Add(next, slices);
        if (_slices.Remove(key, out var before))
        {
            _targets.Remove(before.Service, before.Slices);
            NodeOf(before.Service).Remove(key.Name);
        }

        if (service is { } now)
        {
            _slices[key] = (now, slices);
            NodeOf(now).Put(key.Name, slices);
            TouchEndpoints(now, slices);
        }

        if (before.Slices.IsDefault is false)
            TouchEndpoints(before.Service, before.Slices);
    }

    /// <summary>The service in what it has of the pods of those slices; as a whole where an endpoint has none.</summary>
    private void TouchEndpoints(ServiceKey service, ImmutableArray<EndpointSlice> slices)
    {
        Touched.AddEmpty(service);
        foreach (var slice in slices)
        {
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.Target is { Kind: "Pod" } target)
                    Touched.AddPod(service, target.KeyIn(service.Namespace), hasNewRecords: false);
                else
                    Touched.Add(service);
            }
        }

        Prune(service);
    }

    private void TouchOnNodes(HashSet<string> nodes)
    {
        foreach (var entry in _pods.All)
        {
            if (entry.Pod.NodeName is { } node && nodes.Contains(node))
                Touch(entry.Pod.Metadata.Key, entry, entry);
        }

        foreach (var (service, slices) in _slices.Values)
        {
            if (slices.Any(slice => slice.Endpoints.Any(endpoint => endpoint.NodeName is { } node && nodes.Contains(node))))
                Touched.Add(service);
        }
    }

    private ServiceNode NodeOf(ServiceKey service)
    {
        if (!_services.TryGetValue(service, out var node))
            _services[service] = node = new ServiceNode();
        return node;
    }

    private void TouchAndPrune(ServiceKey service)
    {
        Touched.Add(service);
        Prune(service);
    }

    private void Prune(ServiceKey service)
    {
        if (_services.TryGetValue(service, out var node) && node.IsEmpty)
            _services.Remove(service);
    }

    private static ServiceKey ServiceOf(RegistrationRecord record) => new(record.Key.Namespace, record.Key.Service);

    private static ServiceKey? ApplicationOf(RegistrationRecord record) =>
        ReservedNames.ApplicationOf(record) is { } name ? new ServiceKey(record.Key.Namespace, name) : null;
}

/// <summary>The pods of a service, each found when it is read: a change of one pod of thousands reads no other.</summary>
internal sealed class PodsOfService(HashSet<ObjectKey> keys, Func<ObjectKey, PodEntry> entryOf) : IReadOnlyCollection<PodEntry>
{
    public int Count => keys.Count;

    public IEnumerator<PodEntry> GetEnumerator()
    {
        foreach (var key in keys)
            yield return entryOf(key);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The inputs of every service that must be projected, and the pods that changed (null: deleted).</summary>
internal sealed record GatheredChanges(IReadOnlyList<ServiceInputs> Services, Dictionary<ObjectKey, PodEntry?> Pods)
{
    /// <summary>Every pod, as applied.</summary>
    public required PodTable AllPods { get; init; }

    /// <summary>Services whose inputs could not be gathered, by a bug.</summary>
    public IReadOnlyList<(ServiceKey Service, Exception Failure)> Failed { get; init; } = [];

    public required Func<ObjectKey, PodEntry?> FindPod { get; init; }
}

/// <summary>The index's entry of one service. Owned by the projector's thread.</summary>
internal sealed class ServiceNode
{
    // Sorted by the name of the source object, so that the order is the same on every replica.
    private readonly SortedList<string, ImmutableArray<EndpointSlice>> _slices = new(StringComparer.Ordinal);

    public Service? Service { get; set; }

    /// <summary>The pods with a record that names the service.</summary>
    public HashSet<ObjectKey> Pods { get; } = [];

    /// <summary>The applications that the served records of the service name.</summary>
    public CountedNames Applications { get; } = new();

    /// <summary>The pods with a record whose metadata names it as their application.</summary>
    public HashSet<ObjectKey> Applicants { get; } = [];

    public bool IsEmpty => Service is null && Pods.Count == 0 && Applicants.Count == 0 && _slices.Count == 0;

    public void Put(string name, ImmutableArray<EndpointSlice> slices) => _slices[name] = slices;

    public void Remove(string name) => _slices.Remove(name);

    public List<EndpointSlice> Slices() => [.. _slices.Values.SelectMany(static slices => slices)];
}
