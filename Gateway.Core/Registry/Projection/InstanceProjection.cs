using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// Computes the instances of a service, their statuses and the reasons (contract, section 1). Pure: the same inputs give the same instances
/// on every replica, in the same order.
/// </summary>
internal sealed class InstanceProjection(ILeaseStore leases, IPostLog posts)
{
    private readonly InstanceStatusRules _rules = new(leases, posts);

    public ProjectedService Project(ServiceInputs inputs)
    {
        var join = new EndpointJoin(inputs);
        var service = new Work(inputs, new List<Instance>(Math.Max(inputs.Pods.Count, join.ByPod.Count) + join.ByAddress.Count));
        foreach (var group in join.ByPod)
            AddPod(service, group.Pod!, group);
        foreach (var entry in inputs.Pods)
        {
            if (join.FindPod(entry.Pod.Metadata.Key) is null)
                AddPod(service, entry, null);
        }

        foreach (var group in join.ByAddress)
        {
            if (!group.IsOffered || !inputs.ListsEndpoints)
                continue;
            var ports = SlicePorts.Union(group.Slices);
            service.Instances.Add(FromEndpoints(inputs, group, ports, SlicePorts.KeyOf(inputs.Key, ports)));
        }

        var areDistinct = SortDistinct(service.Instances);
        return Result(service, join, areDistinct && join.ByAddress.Count == 0);
    }

    /// <summary>
    /// Only what the service has of its touched pods; null where that cannot be told from the rest: an endpoint of theirs is shown by its address, which
    /// other endpoints may have too, or two of their instances have one id.
    /// </summary>
    public ProjectedService? ProjectPods(ServiceInputs inputs, IReadOnlySet<ObjectKey> pods)
    {
        var join = new EndpointJoin(inputs, pods);
        if (join.ByAddress.Count > 0)
            return null;
        var service = new Work(inputs, []);
        foreach (var key in pods)
        {
            if (inputs.FindPod(key) is { } entry)
                AddPod(service, entry, join.FindPod(key));
        }

        return SortDistinct(service.Instances) ? Result(service, join, isInParts: true) : null;
    }

    private static ProjectedService Result(Work service, EndpointJoin join, bool isInParts)
    {
        foreach (var one in join.HeldBack)
            service.Parts.AddHeldBack(one.Endpoint.Target!.KeyIn(service.Inputs.Key.Namespace));
        return new ProjectedService(service.Instances, service.Parts.HasUnversionedInputs, [.. service.Confirmations], join.HeldBack.Count)
        {
            Parts = isInParts ? service.Parts : null,
        };
    }

    /// <summary>The instance of a pod's own record without any Service: for answers that cannot wait for the projector.</summary>
    public Instance FromRecordAlone(Pod pod, RegistrationRecord record, Func<string, string?> zoneOf)
    {
        var inputs = new ServiceInputs { Key = new(record.Key.Namespace, record.Key.Service), FindPod = static _ => null, ZoneOf = zoneOf };
        var instance = FromRecord(new Work(inputs, []), new PodEntry(pod, PodRecords.None), record, null);
        return instance with { Revision = InstanceJson.RevisionOf(instance) };
    }

    /// <summary>
    /// Sorts by id and removes duplicates; false: there were some. Only an address that is not its pod's can occur more than once (two pods that name one load
    /// balancer): one of them counts, the same on every replica.
    /// </summary>
    private static bool SortDistinct(List<Instance> instances)
    {
        instances.Sort(static (one, other) =>
            string.CompareOrdinal(one.Id, other.Id) is not 0 and var byId ? byId
            : one.Status != other.Status ? one.Status.CompareTo(other.Status)
            : one.Source != other.Source ? one.Source.CompareTo(other.Source)
            : string.CompareOrdinal(one.Pod?.Uid, other.Pod?.Uid));
        var kept = 0;
        for (var i = 0; i < instances.Count; i++)
        {
            if (kept == 0 || instances[kept - 1].Id != instances[i].Id)
                instances[kept++] = instances[i];
        }

        var areDistinct = kept == instances.Count;
        instances.RemoveRange(kept, instances.Count - kept);
        return areDistinct;
    }

    private void AddPod(Work service, PodEntry entry, EndpointGroup? group)
    {
        if (entry.Pod.IsFinished)
            return;
        var key = service.Inputs.Key;
        var first = service.Instances.Count;
        service.OfPod.Clear();
        service.HasUnversionedInputs = false;
        foreach (var record in entry.Records.OfService(key.Name))
            AddRecord(service, entry, record, group);
        if (group is not null)
            AddEndpoints(service, entry, group, first);
        if (service.HasUnversionedInputs)
            service.Parts.AddUnversioned(entry.Pod.Metadata.Key);
    }

    /// <summary>What the pod's endpoints add to its records, whose instances begin at <paramref name="first"/>.</summary>
    private void AddEndpoints(Work service, PodEntry entry, EndpointGroup group, int first)
    {
        var key = service.Inputs.Key;
        if (entry.Records.DubboJava is { } metadata && service.Inputs.Service?.Selector is { Count: > 0 } && !service.Inputs.IsReservedFor(entry.Pod))
        {
            foreach (var record in DubboJavaJoin.Records(key, entry.Pod, metadata, group))
                AddRecord(service, entry, record, group);
        }

        if (group.IsOffered && service.Inputs.ListsEndpoints && UnclaimedPorts(service, first, group) is { } ports)
            service.Instances.Add(FromEndpoints(service.Inputs, group, ports, SlicePorts.KeyOf(service.Inputs.Key, ports)));
    }

    /// <summary>The same id in two formats is one instance: the source that comes first in the contract's table wins.</summary>
    private void AddRecord(Work service, PodEntry entry, RegistrationRecord record, EndpointGroup? group)
    {
        if (service.OfPod.TryAdd(record.Id, service.Instances.Count))
            service.Instances.Add(FromRecord(service, entry, record, group));
        else if (service.OfPod[record.Id] is var place && record.Source < service.Instances[place].Source)
            service.Instances[place] = FromRecord(service, entry, record, group);
    }

    private Instance FromRecord(Work service, PodEntry entry, RegistrationRecord record, EndpointGroup? group)
    {
        var overlay = OverlayOf(entry, record.Id);
        var (status, reason) = _rules.Of(entry.Pod, record, overlay, group, service);
        var pod = PodOf(service.Inputs, entry.Pod, group);
        var addresses = entry.Pod.PodIPs;
        return new Instance
        {
            Id = record.Id,
            Key = record.Key,
            Address = record.ForeignAddress ?? (addresses is [var address, ..] ? address : null),
            Host = record.Host is { } host && addresses.Contains(host) ? host : null,
            Addresses = record.ForeignAddress is { } foreign ? [foreign] : addresses,
            Ports = record.Ports,
            Status = status,
            Reason = reason,
            Weight = overlay?.WeightOverride ?? record.Weight,
            Pod = pod,
            Metadata = record.Metadata,
            Source = record.Source,
            RegisteredAt = record.RegisteredAt,
            Zone = pod.Zone,
            Node = pod.Node,
            StillServes = status == InstanceStatus.Terminating && (group?.IsServing ?? entry.Pod.Ready),
            Hostname = HostnameOf(service.Inputs, group),
            Clients = record.Clients,
        };
    }

    /// <summary>
    /// An endpoint as an instance with that key. With <paramref name="alias"/> (its key under its own Service's name) an overlay that takes
    /// the endpoint out of rotation there applies here too.
    /// </summary>
    public static Instance FromEndpoints(
        ServiceInputs inputs, EndpointGroup group, ImmutableArray<NamedPort> ports, RegistrationKey key, RegistrationKey? alias = null)
    {
        var entry = group.Pod;
        var owner = entry?.Pod.Metadata.Uid ?? group.Addresses[0];
        var id = key.IdFor(owner);
        var overlay = entry is null ? null : OverlayOf(entry, id) ?? (alias is { } other ? OverlayOf(entry, other.IdFor(owner)) : null);
        var (status, reason) = InstanceStatusRules.OfEndpoint(entry?.Pod, overlay, group);
        var pod = entry is null ? null : PodOf(inputs, entry.Pod, group);
        return new Instance
        {
            Id = id,
            Key = key,
            Address = group.Address,
            Addresses = group.OwnAddresses,
            Ports = ports,
            Status = status,
            Reason = reason,
            Weight = overlay?.WeightOverride ?? RegistrationRules.DefaultWeight,
            Pod = pod,
            Source = InstanceSource.Endpoints,
            Node = pod?.Node ?? group.Node,
            StillServes = status == InstanceStatus.Terminating && group.IsServing,
            Hostname = HostnameOf(inputs, group),
            Zone = pod is not null ? pod.Zone : (group.Node is null ? null : inputs.ZoneOf(group.Node)) ?? group.Zone,
        };
    }

    /// <summary>
    /// An instance that is also shown under another service, with the overlay for its id there: out of rotation, another weight.
    /// </summary>
    public static Instance WithOverlay(ServiceInputs inputs, Instance instance)
    {
        if (instance.Pod is not { } pod || inputs.FindPod(pod.KeyIn(instance.Key.Namespace)) is not { } entry
            || OverlayOf(entry, instance.Id) is not { } overlay)
            return instance;
        var isOut = overlay.OutOfService != OutOfService.No && instance.Status is (InstanceStatus.Up or InstanceStatus.Starting);
        return instance with
        {
            Status = isOut ? InstanceStatus.OutOfService : instance.Status,
            Reason = isOut ? InstanceStatusRules.WhoTookOut(null, overlay) : instance.Reason,
            Weight = overlay.WeightOverride ?? instance.Weight,
        };
    }

    /// <summary>The ports of those slices of which no port is in a record of this pod; null where records cover all slices.</summary>
    private static ImmutableArray<NamedPort>? UnclaimedPorts(Work service, int first, EndpointGroup group)
    {
        var slices = group.Slices;
        if (first == service.Instances.Count)
            return SlicePorts.Union(slices);
        service.PortsOfPod.Clear();
        for (var i = first; i < service.Instances.Count; i++)
        {
            service.PortsOfPod.Add(service.Instances[i].Key.Port);
            foreach (var port in service.Instances[i].Ports)
                service.PortsOfPod.Add(port.Port);
        }

        var unclaimed = slices.Where(slice => !slice.Ports.Any(port => service.PortsOfPod.Contains(port.Port))).ToList();
        return unclaimed.Count == 0 ? null : SlicePorts.Union(unclaimed);
    }

    private static InstanceHostname? HostnameOf(ServiceInputs inputs, EndpointGroup? group) =>
        group?.Hostname is { } name ? new(name, $"{name}.{inputs.Key.Name}.{inputs.Key.Namespace}.svc") : null;

    private static PodReference PodOf(ServiceInputs inputs, Pod pod, EndpointGroup? group) =>
        new(pod.Metadata, pod.NodeName, (pod.NodeName is null ? null : inputs.ZoneOf(pod.NodeName)) ?? group?.Zone);

    private static RegistrationRecord? OverlayOf(PodEntry entry, string id) => entry.Records.OverlayOf(id);

    /// <summary>One service being projected.</summary>
    internal sealed record Work(ServiceInputs Inputs, List<Instance> Instances)
    {
        /// <summary>Where the instances of the pod that is being added are, by id.</summary>
        public Dictionary<string, int> OfPod { get; } = new(StringComparer.Ordinal);

        /// <summary>The ports that the records of that pod cover.</summary>
        public HashSet<int> PortsOfPod { get; } = [];

        public List<RestartConfirmation> Confirmations { get; } = [];

        /// <summary>Whether the pod that is being added depends on something without a version.</summary>
        public bool HasUnversionedInputs { get; set; }

        public ProjectedParts Parts { get; } = new();
    }
}

/// <summary>
/// The result of a projection: the instances, sorted by id and without revisions, the POSTs that the write side should confirm, and how many
/// endpoints are held back because their pod is not known.
/// </summary>
internal sealed record ProjectedService(
    List<Instance> Instances, bool HasUnversionedInputs, ImmutableArray<RestartConfirmation> Confirmations, int HeldBack = 0)
{
    /// <summary>Instances of its origins that the rule of names keeps from it.</summary>
    public int Reserved { get; init; }

    /// <summary>What it says of single pods; null where they cannot be projected without the others.</summary>
    public ProjectedParts? Parts { get; init; }
}
