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

    // Redis answers each note of the last seconds again, and after it was away those of a day: under churn most are of registrations that are gone.
    private const int FewNotes = 1_000;
    private static readonly TimeSpan ShortInterval = TimeSpan.FromSeconds(15);

    // The index is not stale, so it has what was written this long ago, and the record in it says when it was posted.
    private static readonly TimeSpan NoteAge = TimeSpan.FromSeconds(30);

    private long _sweptAt = time.GetTimestamp();
    private int _living;

    /// <summary>Call in each round that the index is complete in.</summary>
    public void Sweep(IEnumerable<PodEntry> pods)
    {
        var elapsed = time.GetElapsedTime(_sweptAt);
        if (elapsed < ShortInterval || (elapsed < Interval && posts.Count <= FewNotes + (2 * _living)))
            return;
        _sweptAt = time.GetTimestamp();
        var living = pods.SelectMany(static entry => entry.AsRead.Registrations).Select(static record => record.Id).ToHashSet(StringComparer.Ordinal);
        _living = living.Count;
        var now = time.GetUtcNow();
        posts.Sweep(living, now - NoteAge);
        leases.Sweep(living, now - Interval);
    }
}
