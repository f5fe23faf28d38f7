using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// The services that must be projected again, each as a whole or only in what it has of certain pods. Written and read by the projector's thread alone.
/// </summary>
internal sealed class TouchedServices
{
    // Services that there is room for between two rounds: the first round has all of them.
    private const int KeptRoom = 1_000;

    // Null: the whole service.
    private readonly Dictionary<ServiceKey, TouchedPods?> _services = [];

    public int Count => _services.Count;

    public IReadOnlyCollection<ServiceKey> Keys => _services.Keys;

    /// <summary>All of the service.</summary>
    public void Add(ServiceKey service) => _services[service] = null;

    /// <summary>All of each service.</summary>
    public void UnionWith(IEnumerable<ServiceKey> services)
    {
        foreach (var service in services)
            Add(service);
    }

    /// <summary>What the service has of no pod: its ports, its endpoints without a pod. More may be added.</summary>
    public void AddEmpty(ServiceKey service) => _services.TryAdd(service, new TouchedPods());

    /// <summary>What the service has of that pod.</summary>
    /// <param name="service">The service.</param>
    /// <param name="pod">The pod, in the namespace of the service.</param>
    /// <param name="hasNewRecords">The pod's records are not those of the last round.</param>
    public void AddPod(ServiceKey service, ObjectKey pod, bool hasNewRecords)
    {
        if (!_services.TryGetValue(service, out var pods))
            _services[service] = pods = new TouchedPods();
        if (pods is null)
            return;
        pods.Keys.Add(pod);
        pods.HaveNewRecords |= hasNewRecords;
    }

    /// <summary>The touched pods of a touched service; null: it is touched as a whole.</summary>
    public IReadOnlySet<ObjectKey>? PodsOf(ServiceKey service) => _services[service]?.Keys;

    /// <summary>Whether the Service itself or a record of it may have changed, not only the state of pods and endpoints.</summary>
    public bool MayHaveNewNames(ServiceKey service) => _services[service] is not { HaveNewRecords: false };

    public void Clear()
    {
        _services.Clear();
        if (_services.Capacity > KeptRoom)
            _services.TrimExcess(KeptRoom);
    }

    private sealed class TouchedPods
    {
        public HashSet<ObjectKey> Keys { get; } = [];

        public bool HaveNewRecords { get; set; }
    }
}
