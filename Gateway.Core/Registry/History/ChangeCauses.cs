using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.History;

/// <summary>
/// Why an instance changed, in a word or two, as far as its two states, its pod and its records tell. Pure. What they do not tell is called
/// <see cref="Updated"/>.
/// </summary>
internal static class ChangeCauses
{
    public const string Registered = "registered";
    public const string Deregistered = "deregistered";
    public const string Updated = "updated";
    public const string Readiness = "readiness";
    public const string Address = "address";
    public const string Restart = "restart";
    public const string Lease = "lease";
    public const string Override = "override";
    public const string PodTerminating = "pod-terminating";
    public const string PodDeleted = "pod-deleted";
    public const string PodFinished = "pod-finished";
    public const string ServiceChanged = "service-changed";
    public const string EndpointAdded = "endpoint-added";
    public const string EndpointRemoved = "endpoint-removed";
    public const string EndpointChanged = "endpoint-changed";

    /// <summary>Its pod lost the name: a Service with a selector has it, and does not select the pod.</summary>
    public const string NameReserved = "name-reserved";

    /// <summary>Its pod may have the name again.</summary>
    public const string NamePermitted = "name-permitted";

    /// <summary>Of an application, or of the mapping of names.</summary>
    public const string Metadata = "metadata";

    public static readonly string[] All =
    [
        Registered, Deregistered, Updated, Readiness, Address, Restart, Lease, Override, PodTerminating, PodDeleted, PodFinished, ServiceChanged,
        EndpointAdded, EndpointRemoved, EndpointChanged, NameReserved, NamePermitted, Metadata,
    ];

    /// <param name="before">Null: it was added.</param>
    /// <param name="after">Null: it was removed.</param>
    /// <param name="former">The pods until then.</param>
    /// <param name="next">The pods from then on.</param>
    /// <param name="isServiceChanged">The Kubernetes Service of that name, as lookups show it, changed with it.</param>
    public static string Of(Instance? before, Instance? after, RegistrySnapshot former, RegistrySnapshot next, bool isServiceChanged)
    {
        if (before is null)
            return OfAdded(after!, former, next, isServiceChanged);
        return after is null ? OfRemoved(before, former, next, isServiceChanged) : OfModified(before, after);
    }

    private static string OfAdded(Instance after, RegistrySnapshot former, RegistrySnapshot next, bool isServiceChanged)
    {
        if (after.Source == InstanceSource.Endpoints)
            return isServiceChanged ? ServiceChanged : EndpointAdded;
        if (RecordOf(after, next) is null)
            return Metadata;
        return RecordOf(after, former) is null ? Registered : NamePermitted;
    }

    private static string OfRemoved(Instance before, RegistrySnapshot former, RegistrySnapshot next, bool isServiceChanged)
    {
        var pod = PodOf(before, next);
        if (before.Pod is not null && pod is null)
            return PodDeleted;
        if (pod is { Pod.IsFinished: true })
            return PodFinished;
        if (before.Source == InstanceSource.Endpoints)
            return isServiceChanged ? ServiceChanged : EndpointRemoved;
        if (RecordOf(before, former) is null)
            return Metadata;
        return RecordOf(before, next) is null ? Deregistered : NameReserved;
    }

    private static string OfModified(Instance before, Instance after)
    {
        if (before.Status != after.Status || before.Reason != after.Reason)
            return OfStatus(before, after);
        if (!before.HasAddressesOf(after))
            return Address;
        if (before.Source == InstanceSource.Endpoints && after.Source == InstanceSource.Endpoints && before.Weight == after.Weight)
            return EndpointChanged;
        return Updated;
    }

    private static string OfStatus(Instance before, Instance after)
    {
        if (after.Status == InstanceStatus.Terminating)
            return after.Pod is null ? EndpointChanged : PodTerminating;
        if (after.Reason == InstanceStatusRules.ContainerRestarted)
            return Restart;
        if (before.Reason == InstanceStatusRules.ContainerRestarted)
            return Registered;
        if (before.Reason == InstanceStatusRules.LeaseExpired || after.Reason == InstanceStatusRules.LeaseExpired)
            return Lease;
        if (before.Status == InstanceStatus.OutOfService || after.Status == InstanceStatus.OutOfService)
            return Override;
        return before.Reason == InstanceStatusRules.NoPodIP || after.Reason == InstanceStatusRules.NoPodIP ? Address : Readiness;
    }

    private static PodEntry? PodOf(Instance instance, RegistrySnapshot snapshot) =>
        instance.Pod is { } pod && snapshot.Pods.TryGetValue(pod.KeyIn(instance.Key.Namespace), out var entry) && pod.Is(entry.Pod.Metadata) ? entry : null;

    private static RegistrationRecord? RecordOf(Instance instance, RegistrySnapshot snapshot) => PodOf(instance, snapshot)?.AsRead.Find(instance.Id);
}
