using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Core.Registry.Projection;

/// <summary>Computes the status of an instance and its reason: the first rule of the contract (section 1) that matches.</summary>
internal sealed class InstanceStatusRules(ILeaseStore leases, IPostLog posts)
{
    public const string NoPodIP = "NoPodIP";
    public const string NotReady = "NotReady";
    public const string ContainerRestarted = "ContainerRestarted";
    public const string LeaseExpired = "LeaseExpired";
    public const string SetByPod = "SetByPod";
    public const string SetByOperator = "SetByOperator";

    /// <summary>Of a registration that only its pod sees, by its id.</summary>
    public const string NameReserved = RefusalCodes.NameReserved;

    private readonly ContainerRestart _restart = new(posts);

    public (InstanceStatus Status, string? Reason) Of(
        Pod pod, RegistrationRecord record, RegistrationRecord? overlay, EndpointGroup? group, InstanceProjection.Work service)
    {
        var hasRestarted = _restart.IsUnanswered(pod, record, service);
        var hasLapsed = HasLapsed(record, service);
        if (pod.IsTerminating || group is { IsTerminating: true })
            return (InstanceStatus.Terminating, null);
        if (hasRestarted)
            return (InstanceStatus.Down, ContainerRestarted);
        if (hasLapsed)
            return (InstanceStatus.Down, LeaseExpired);
        if (WhoTookOut(record, overlay) is { } who)
            return (InstanceStatus.OutOfService, who);
        if (pod.PodIPs.IsEmpty)
            return (InstanceStatus.Starting, NoPodIP);
        return (group?.IsServing ?? pod.Ready) ? (InstanceStatus.Up, null) : (InstanceStatus.Starting, NotReady);
    }

    /// <summary>An instance of source endpoints follows the condition <c>ready</c>; without a pod nothing else can be checked.</summary>
    public static (InstanceStatus Status, string? Reason) OfEndpoint(Pod? pod, RegistrationRecord? overlay, EndpointGroup group)
    {
        if (pod is { IsTerminating: true } || group.IsTerminating)
            return (InstanceStatus.Terminating, null);
        if (WhoTookOut(null, overlay) is { } who)
            return (InstanceStatus.OutOfService, who);
        return group.IsReady ? (InstanceStatus.Up, null) : (InstanceStatus.Starting, NotReady);
    }

    /// <summary>The reason of OUT_OF_SERVICE; null: it is in rotation. An operator's word outlives the pod's next POST, so it is named first.</summary>
    public static string? WhoTookOut(RegistrationRecord? record, RegistrationRecord? overlay) =>
        record?.OutOfService == OutOfService.ByOther || overlay?.OutOfService == OutOfService.ByOther ? SetByOperator
        : record is { OutOfService: OutOfService.ByPod, OutOfServiceReason: { } said } ? said
        : record is { OutOfService: OutOfService.ByPod } || overlay is { OutOfService: OutOfService.ByPod } ? SetByPod
        : null;

    private bool HasLapsed(RegistrationRecord record, InstanceProjection.Work service)
    {
        if (record.Ttl is null)
            return false;
        service.HasUnversionedInputs = true;
        return leases.StateOf(record.Id).HasLapsed;
    }
}
