using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registration;

/// <summary>
/// Shows what was written as lookups show it: from the first snapshot that contains the written pod, else from the API server's answer.
/// </summary>
public sealed class WriteVisibility(
    RegistryState registry, ILeaseStore leases, IPostLog posts, IClusterView cluster, NameRule names, RegistrationOptions options, GatewayMetrics metrics, TimeProvider time)
{
    private readonly InstanceProjection _projection = new(leases, posts);

    internal async Task<VisiblePod> WaitUntilVisibleAsync(Pod pod, CancellationToken cancellationToken)
    {
        var meta = pod.Metadata;
        using var span = GatewayTraces.Visible();
        var started = time.GetTimestamp();
        var snapshot = await registry.WaitForPodAsync(meta.Namespace, meta.Name, meta.Uid, meta.Version, options.VisibilityTimeout, cancellationToken);
        if (snapshot is null)
            metrics.PendingWrites.Add(1);
        else
            metrics.VisibleAfter.Record(time.GetElapsedTime(started).TotalSeconds);
        span.End(snapshot is null ? "pending" : "visible");
        return new VisiblePod(pod, snapshot, (snapshot ?? registry.Current).RevisionOfPod(meta.Namespace, meta.Version).ToString());
    }

    /// <summary>
    /// A POST makes an instance UP again whose container restarted or whose lease expired. Neither changes the pod's version, so the snapshot
    /// that was waited for may be a moment too old.
    /// </summary>
    internal async Task<VisiblePod> WaitUntilUpAsync(VisiblePod folded, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var down = ids.Where(id => IsDown(folded.Snapshot, id)).ToList();
        if (down.Count == 0)
            return folded;
        var later = await registry.WaitAsync(snapshot => !down.Any(id => IsDown(snapshot, id)), options.VisibilityTimeout, cancellationToken);
        return later is null ? folded : folded with { Snapshot = later };
    }

    internal Instance InstanceOf(VisiblePod folded, RegistrationRecord record) =>
        folded.Snapshot?.FindInstance(record.Id)?.Instance ?? InstanceOf(folded.Pod, record);

    /// <summary>For its pod alone: a record under a name that its pod may not have is shown with that as reason, since no lookup lists it.</summary>
    internal Instance InstanceOf(Pod pod, RegistrationRecord record)
    {
        var instance = _projection.FromRecordAlone(pod, record, cluster.ZoneOfNode);
        if (!names.IsReserved(pod, record.Key.Service))
            return instance;
        instance = instance with { Status = InstanceStatus.Down, Reason = InstanceStatusRules.NameReserved };
        return instance with { Revision = InstanceJson.RevisionOf(instance) };
    }

    /// <summary>The Service of the registered name also lists the pod, by a port that the registration does not have: callers see it twice.</summary>
    internal ImmutableArray<string> WarningsOf(VisiblePod visible, Instance instance)
    {
        if (instance.Source == InstanceSource.Endpoints || instance.Pod is not { } pod || visible.Snapshot is not { } snapshot)
            return [];
        return
        [
            .. from other in snapshot.Find(instance.Service).Instances
               where other.Source == InstanceSource.Endpoints && other.Pod?.Uid == pod.Uid
               select string.Create(
                   CultureInfo.InvariantCulture,
                   $"The Kubernetes Service {instance.Service} also lists this pod, with port {other.Key.Port}: callers see two instances. Name that port in 'port' or 'ports', or register under another name."),
        ];
    }

    private static bool IsDown(RegistrySnapshot? snapshot, string id) => snapshot?.FindInstance(id)?.Instance.Status == InstanceStatus.Down;
}

/// <summary>
/// A pod as a write left it, and the first snapshot that contains it; null: none did in time, and the answer is made from the pod alone.
/// </summary>
internal sealed record VisiblePod(Pod Pod, RegistrySnapshot? Snapshot, string Revision)
{
    public bool IsPending => Snapshot is null;
}
