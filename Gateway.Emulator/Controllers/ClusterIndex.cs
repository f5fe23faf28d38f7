using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// What endpoints depend on (Services, pods, nodes), indexed to find the Services that a change affects. Written and read by the endpoint
/// controller's loop alone.
/// </summary>
internal sealed class ClusterIndex
{
    private readonly Dictionary<ObjectKey, ServiceFacts> _services = [];
    private readonly Dictionary<ObjectKey, PodFacts> _pods = [];
    private readonly Dictionary<string, string?> _zones = new(StringComparer.Ordinal);
    private readonly LabelIndex<PodFacts> _podsByLabel = new();

    /// <summary>Each Service under one pair of its selector: a pod without that pair cannot match the Service.</summary>
    private readonly LabelIndex<ServiceFacts> _servicesByLabel = new();

    private readonly Dictionary<ObjectKey, KeyValuePair<string, string>> _pairOfService = [];

    /// <summary>Zone by node name.</summary>
    public IReadOnlyDictionary<string, string?> Zones => _zones;

    public ServiceFacts? Service(ObjectKey key) => _services.GetValueOrDefault(key);

    public List<PodFacts> PodsOf(ServiceFacts service)
    {
        var fewest = service.Selector.Select(pair => _podsByLabel.Find(service.Namespace, pair.Key, pair.Value)).MinBy(static pods => pods.Count) ?? [];
        List<PodFacts> pods = [.. fewest.Where(service.Selects)];
        pods.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return pods;
    }

    public void Clear()
    {
        _services.Clear();
        _pods.Clear();
        _zones.Clear();
        _podsByLabel.Clear();
        _servicesByLabel.Clear();
        _pairOfService.Clear();
    }

    public void SetService(ObjectKey key, ServiceFacts? service)
    {
        if (_pairOfService.Remove(key, out var old))
        {
            _servicesByLabel.Remove(key.Namespace, old.Key, old.Value, key.Name);
        }

        if (service is null)
        {
            _services.Remove(key);
            return;
        }

        _services[key] = service;
        if (service.HasDerivedEndpoints)
        {
            var pair = service.Selector.MinBy(pair => _servicesByLabel.Find(key.Namespace, pair.Key, pair.Value).Count);
            _pairOfService[key] = pair;
            _servicesByLabel.Set(key.Namespace, pair.Key, pair.Value, key.Name, service);
        }
    }

    /// <returns>The Services whose endpoints may have changed.</returns>
    public IEnumerable<ObjectKey> SetPod(ObjectKey key, PodFacts? pod)
    {
        var old = _pods.GetValueOrDefault(key);
        if (old is not null && pod is not null && old.HasSameEndpoints(pod))
        {
            return [];
        }

        if (old is not null)
        {
            foreach (var (label, value) in old.Labels)
            {
                _podsByLabel.Remove(key.Namespace, label, value, key.Name);
            }

            _pods.Remove(key);
        }

        if (pod is not null)
        {
            foreach (var (label, value) in pod.Labels)
            {
                _podsByLabel.Set(key.Namespace, label, value, key.Name, pod);
            }

            _pods[key] = pod;
        }

        return ServicesOf(old).Union(ServicesOf(pod));
    }

    /// <returns>The Services whose endpoints may have changed: a pod on a node that does not exist is in no slice.</returns>
    public IEnumerable<ObjectKey> SetNode(string name, bool exists, string? zone)
    {
        var existed = _zones.TryGetValue(name, out var old);
        if (existed == exists && old == zone)
        {
            return [];
        }

        if (exists)
        {
            _zones[name] = zone;
        }
        else
        {
            _zones.Remove(name);
        }

        return _pods.Values.Where(pod => pod.NodeName == name).SelectMany(ServicesOf).Distinct();
    }

    private IEnumerable<ObjectKey> ServicesOf(PodFacts? pod) =>
        pod is null
            ? []
            : pod.Labels
                .SelectMany(pair => _servicesByLabel.Find(pod.Namespace, pair.Key, pair.Value))
                .Where(service => service.Selects(pod))
                .Select(static service => new ObjectKey(service.Namespace, service.Name));
}
