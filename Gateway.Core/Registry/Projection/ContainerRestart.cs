using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projection;

/// <summary>Detects that the container of a registration was restarted (contract, section 1: reason <c>ContainerRestarted</c>).</summary>
internal sealed class ContainerRestart(IPostLog posts)
{
    // The allowed difference between the clocks of a node and of the gateway.
    internal static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether the container restarted after the last POST for this registration. If only a POST that wrote nothing says that it did not,
    /// the write side must store that POST in the annotation.
    /// </summary>
    public bool IsUnanswered(Pod pod, RegistrationRecord record, InstanceProjection.Work service)
    {
        if (RestartOf(pod, record) is not { StartedAt: { } startedAt } run)
            return false;
        if (posts.LastPost(record.Id) is not { } post || IsLater(startedAt, post))
            return true;
        service.HasUnversionedInputs = true;
        service.Confirmations.Add(new RestartConfirmation(pod, record, post, run.RestartCount, run.Run));
        return false;
    }

    /// <summary>Whether a POST that wrote nothing may decide: the container restarted after the POST that the record stores.</summary>
    public static bool DependsOnPost(Pod pod, RegistrationRecord record) => RestartOf(pod, record) is not null;

    // The run that began after the POST that the record stores; null: none did.
    private static ContainerStatus? RestartOf(Pod pod, RegistrationRecord record) =>
        record.Container is { } container && RunOf(pod, container) is { StartedAt: { } startedAt } run && IsAnother(run, record) && IsLater(startedAt, record.PostedAt)
            ? run
            : null;

    private static bool IsAnother(ContainerStatus run, RegistrationRecord record) =>
        run.Run is not null && record.Run is not null ? run.Run != record.Run : run.RestartCount != record.RestartCount;

    private static bool IsLater(DateTimeOffset startedAt, DateTimeOffset? post) => post is null || startedAt - post.Value > ClockSkew;

    internal static ContainerStatus? RunOf(Pod pod, string container) => pod.StatusOf(container);
}

/// <summary>
/// A registration that is UP only because of the post log: its container restarted, and it was POSTed again without a write. Writing
/// <paramref name="PostedAt"/>, <paramref name="RestartCount"/> and <paramref name="Run"/> into its annotation makes other replicas and later processes
/// agree.
/// </summary>
public sealed record RestartConfirmation(Pod Pod, RegistrationRecord Record, DateTimeOffset PostedAt, int RestartCount, string? Run);
