using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Removes leases and notes of POSTs that came after their registrations were gone: nothing else would ever remove them. Owned by the projector's
/// thread.
/// </summary>
internal sealed class GoneRegistrations(ILeaseStore leases, IPostLog posts, TimeProvider time)
{
    /// <summary>A registration that is written is in the index much sooner, and a search of all pods this often costs nothing.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private long _sweptAt = time.GetTimestamp();

    /// <summary>Call in each round that the index is complete in.</summary>
    public void Sweep(IEnumerable<PodEntry> pods)
    {
        if (time.GetElapsedTime(_sweptAt) < Interval)
            return;
        _sweptAt = time.GetTimestamp();
        var living = pods.SelectMany(static entry => entry.AsRead.Registrations).Select(static record => record.Id).ToHashSet(StringComparer.Ordinal);
        var before = time.GetUtcNow() - Interval;
        posts.Sweep(living, before);
        leases.Sweep(living, before);
    }
}
