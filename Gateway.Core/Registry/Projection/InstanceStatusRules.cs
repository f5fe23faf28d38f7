using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>Computes the status of an instance and its reason: the first rule of the contract (section 1) that matches.</summary>
internal sealed class InstanceStatusRules(ILeaseStore leases, IPostLog posts)
{
    public const string NoPodIP = "NoPodIP";
    public const string NotReady = "NotReady";
    public const string ContainerRestarted = "ContainerRestarted";
    public const string LeaseExpired = "LeaseExpired";

    // The allowed difference between the clocks of a node and of the gateway.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(2);

    public (InstanceStatus Status, string? Reason) Of(
        Pod pod, RegistrationRecord record, RegistrationRecord? overlay, EndpointGroup? group, InstanceProjection.Work service)
    {
        var hasRestarted = HasRestarted(pod, record, service);
        var hasLapsed = HasLapsed(record, service);
        if (pod.IsTerminating || group is { IsTerminating: true })
            return (InstanceStatus.Terminating, null);
        if (hasRestarted)
            return (InstanceStatus.Down, ContainerRestarted);
        if (hasLapsed)
            return (InstanceStatus.Down, LeaseExpired);
        if (IsOut(record) || IsOut(overlay))
            return (InstanceStatus.OutOfService, null);
        if (pod.PodIPs.IsEmpty)
            return (InstanceStatus.Starting, NoPodIP);
        return (group?.IsServing ?? pod.Ready) ? (InstanceStatus.Up, null) : (InstanceStatus.Starting, NotReady);
    }

    /// <summary>An instance of source endpoints follows the condition <c>ready</c>; without a pod nothing else can be checked.</summary>
    public static (InstanceStatus Status, string? Reason) OfEndpoint(Pod? pod, RegistrationRecord? overlay, EndpointGroup group)
    {
        if (pod is { IsTerminating: true } || group.IsTerminating)
            return (InstanceStatus.Terminating, null);
        if (IsOut(overlay))
            return (InstanceStatus.OutOfService, null);
        return group.IsReady ? (InstanceStatus.Up, null) : (InstanceStatus.Starting, NotReady);
    }

    private static bool IsOut(RegistrationRecord? record) => record is { OutOfService: not OutOfService.No };

    private bool HasLapsed(RegistrationRecord record, InstanceProjection.Work service)
    {
        if (record.Ttl is null)
            return false;
        service.HasUnversionedInputs = true;
        return leases.StateOf(record.Id).HasLapsed;
    }

    /// <summary>
    /// Whether the container restarted after the last POST for this registration. If only a POST that wrote nothing says that it did not,
    /// the write side must store that POST in the annotation.
    /// </summary>
    private bool HasRestarted(Pod pod, RegistrationRecord record, InstanceProjection.Work service)
    {
        if (record.Container is null || RunOf(pod, record.Container) is not { StartedAt: { } startedAt } run
            || run.RestartCount <= record.RestartCount || !IsLater(startedAt, record.PostedAt))
            return false;
        if (posts.LastPost(record.Id) is not { } post || IsLater(startedAt, post))
            return true;
        service.HasUnversionedInputs = true;
        service.Confirmations.Add(new RestartConfirmation(pod, record, post, run.RestartCount));
        return false;
    }

    private static bool IsLater(DateTimeOffset startedAt, DateTimeOffset? post) => post is null || startedAt - post.Value > ClockSkew;

    private static ContainerStatus? RunOf(Pod pod, string container)
    {
        foreach (var status in pod.ContainerStatuses)
        {
            if (status.Name == container)
                return status;
        }

        return null;
    }
}

/// <summary>
/// A registration that is UP only because of the post log: its container restarted, and it was POSTed again without a write. Writing
/// <paramref name="PostedAt"/> and <paramref name="RestartCount"/> into its annotation makes other replicas and later processes agree.
/// </summary>
public sealed record RestartConfirmation(Pod Pod, RegistrationRecord Record, DateTimeOffset PostedAt, int RestartCount);
