using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// The projector's own view of the cluster, exactly as drained: which pods name a service, which slices belong to it, which services a pod
/// touches. Written and read by the projector's loop alone; every change marks the services that it concerns.
/// </summary>
internal sealed class ProjectorIndex
{
    private static readonly SortedDictionary<string, EndpointSlice[]> NoSlices = [];
    private static readonly HashSet<ObjectKey> NoPods = [];

    private readonly Dictionary<ObjectKey, PodEntry> _pods = [];
    private readonly Dictionary<ObjectKey, Service> _services = [];
    private readonly Dictionary<string, string?> _zones = new(StringComparer.Ordinal);
    private readonly Dictionary<ServiceKey, HashSet<ObjectKey>> _podsByService = [];
    private readonly Dictionary<ObjectKey, (ServiceKey Service, EndpointSlice[] Slices)> _slices = [];

    // By the name of the object that holds them, so that their order is the same on every replica.
    private readonly Dictionary<ServiceKey, SortedDictionary<string, EndpointSlice[]>> _slicesByService = [];

    // How many endpoints of each service point at a pod, whether it exists or not.
    private readonly Dictionary<ObjectKey, Dictionary<ServiceKey, int>> _targets = [];

    /// <summary>Services to look at again; the projector empties it.</summary>
    public HashSet<ServiceKey> Dirty { get; } = [];

    public IReadOnlyDictionary<ObjectKey, PodEntry> Pods => _pods;

    public PodEntry? FindPod(ObjectKey key) => _pods.GetValueOrDefault(key);

    public string? ZoneOf(string node) => _zones.GetValueOrDefault(node);

    public ServiceInputs InputsOf(ServiceKey key) => new()
    {
        Key = key,
        Service = _services.GetValueOrDefault(new ObjectKey(key.Namespace, key.Name)),
        Slices = [.. _slicesByService.GetValueOrDefault(key, NoSlices).Values.SelectMany(static slices => slices)],
        Pods = [.. _podsByService.GetValueOrDefault(key, NoPods).Select(pod => _pods[pod]).OrderBy(static entry => entry.Pod.Metadata.Name, StringComparer.Ordinal)],
        FindPod = FindPod,
        ZoneOf = ZoneOf,
    };

    /// <summary>Takes a pod in, or out (null); returns what stood there before.</summary>
    public PodEntry? Put(ObjectKey key, PodEntry? entry)
    {
        _pods.Remove(key, out var former);
        foreach (var service in ServicesOf(former))
        {
            Dirty.Add(service);
            Remove(_podsByService, service, key);
        }

        if (entry is not null)
        {
            _pods[key] = entry;
            foreach (var service in ServicesOf(entry))
            {
                Dirty.Add(service);
                Add(_podsByService, service, key);
            }
        }

        if (_targets.TryGetValue(key, out var pointing))
            Dirty.UnionWith(pointing.Keys);
        return former;
    }

    public void Put(ObjectKey key, Service? service)
    {
        if (service is null)
            _services.Remove(key);
        else
            _services[key] = service;
        Dirty.Add(new ServiceKey(key.Namespace, key.Name));
    }

    /// <summary>Takes in the slices that one object holds: itself, or what an Endpoints object was read into.</summary>
    public void Put(ObjectKey key, EndpointSlice[] slices)
    {
        if (_slices.Remove(key, out var former))
            Forget(key, former.Service, former.Slices);
        if (slices.Length == 0 || slices[0].ServiceName is not { } name)
            return;

        var service = new ServiceKey(key.Namespace, name);
        _slices[key] = (service, slices);
        if (!_slicesByService.TryGetValue(service, out var known))
            _slicesByService[service] = known = new SortedDictionary<string, EndpointSlice[]>(StringComparer.Ordinal);
        known[key.Name] = slices;
        foreach (var pod in TargetsOf(key, slices))
        {
            if (!_targets.TryGetValue(pod, out var counts))
                _targets[pod] = counts = [];
            counts[service] = counts.GetValueOrDefault(service) + 1;
        }

        Dirty.Add(service);
    }

    public void PutNode(string name, Node? node)
    {
        if (_zones.GetValueOrDefault(name) == node?.Zone)
            return;
        if (node is null)
            _zones.Remove(name);
        else
            _zones[name] = node.Zone;
        foreach (var (key, entry) in _pods)
        {
            if (entry.Pod.NodeName != name)
                continue;
            Dirty.UnionWith(ServicesOf(entry));
            if (_targets.TryGetValue(key, out var pointing))
                Dirty.UnionWith(pointing.Keys);
        }
    }

    private void Forget(ObjectKey key, ServiceKey service, EndpointSlice[] slices)
    {
        Dirty.Add(service);
        if (_slicesByService.TryGetValue(service, out var known) && known.Remove(key.Name) && known.Count == 0)
            _slicesByService.Remove(service);
        foreach (var pod in TargetsOf(key, slices))
        {
            var counts = _targets[pod];
            if (--counts[service] > 0)
                continue;
            counts.Remove(service);
            if (counts.Count == 0)
                _targets.Remove(pod);
        }
    }

    private static IEnumerable<ObjectKey> TargetsOf(ObjectKey holder, EndpointSlice[] slices) =>
        from slice in slices
        from endpoint in slice.Endpoints
        where endpoint.Target is { Kind: "Pod" }
        select new ObjectKey(holder.Namespace, endpoint.Target!.Name);

    private static IEnumerable<ServiceKey> ServicesOf(PodEntry? entry) =>
        entry is null
            ? []
            : entry.Records.Registrations.Select(static record => new ServiceKey(record.Key.Namespace, record.Key.Service)).Distinct();

    private static void Add(Dictionary<ServiceKey, HashSet<ObjectKey>> index, ServiceKey service, ObjectKey pod)
    {
        if (!index.TryGetValue(service, out var pods))
            index[service] = pods = [];
        pods.Add(pod);
    }

    private static void Remove(Dictionary<ServiceKey, HashSet<ObjectKey>> index, ServiceKey service, ObjectKey pod)
    {
        if (index.TryGetValue(service, out var pods) && pods.Remove(pod) && pods.Count == 0)
            index.Remove(service);
    }
}
