using Gateway.Core.Annotations;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>
/// Shows what was written as lookups show it: from the snapshot as soon as it has folded that very pod, else from the API server's answer.
/// </summary>
public sealed class WriteAnswers(
    RegistryState registry, ILeaseStore leases, IPostLog posts, IClusterView cluster, RegistrationOptions options, GatewayMetrics metrics)
{
    private readonly InstanceProjection _projection = new(leases, posts);

    internal async Task<FoldedPod> FoldAsync(Pod pod, CancellationToken cancel)
    {
        var meta = pod.Metadata;
        using var span = GatewayTraces.Visible();
        var snapshot = await registry.WaitForPodAsync(meta.Namespace, meta.Name, meta.Uid, meta.Version, options.FoldTimeout, cancel).ConfigureAwait(false);
        if (snapshot is null)
            metrics.PendingWrites.Add(1);
        span.End(snapshot is null ? "pending" : "visible");
        return new FoldedPod(pod, snapshot, (snapshot ?? registry.Current).RevisionOfPod(meta.Namespace, meta.Version).ToString());
    }

    /// <summary>
    /// A POST makes an instance whose container restarted, or whose lease ran out, UP again; neither shows in the pod's version, so the
    /// snapshot that was waited for may be a moment too old.
    /// </summary>
    internal async Task<FoldedPod> ReviveAsync(FoldedPod folded, IEnumerable<string> ids, CancellationToken cancel)
    {
        var down = ids.Where(id => IsDown(folded.Snapshot, id)).ToList();
        if (down.Count == 0)
            return folded;
        var later = await registry.WaitAsync(snapshot => !down.Any(id => IsDown(snapshot, id)), options.FoldTimeout, cancel).ConfigureAwait(false);
        return later is null ? folded : folded with { Snapshot = later };
    }

    internal Instance InstanceOf(FoldedPod folded, RegistrationRecord record) =>
        folded.Snapshot?.FindInstance(record.Id)?.Instance ?? InstanceOf(folded.Pod, record);

    internal Instance InstanceOf(Pod pod, RegistrationRecord record) => _projection.FromRecordAlone(pod, record, cluster.ZoneOfNode);

    private static bool IsDown(RegistrySnapshot? snapshot, string id) => snapshot?.FindInstance(id)?.Instance.Status == InstanceStatus.Down;
}
