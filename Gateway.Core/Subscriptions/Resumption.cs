using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// Finds the state that a reconnecting client holds; the digest identifies it. It may be the current state, one that this replica
/// remembers, or one that only another replica had, because it folded the same changes in another grouping. Called by every stream's loop.
/// The many clients of a lost replica hold the same few states, so results are cached.
/// </summary>
internal sealed class Resumption(SubscriptionHub hub)
{
    private const int MaxRemembered = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Selection, UInt128 Digest), ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>?> _remembered = [];

    /// <summary>The instances that the client holds, by service; null when they are unknown.</summary>
    public ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? Recall(
        StreamSelection selection, StreamPosition position, RegistrySnapshot current)
    {
        var services = selection.Namespace is { } ns ? current.ServicesIn(ns).Union(hub.Past.ChangedIn(ns)) : selection.Services;
        var views = services.ToDictionary(static key => key, key => hub.ViewOf(current.Find(key).View(selection.Filter)));
        UInt128 digest = 0;
        foreach (var view in views.Values)
            digest = unchecked(digest + view.Digest);
        if (digest == position.Digest)
            return views.ToImmutableDictionary(static entry => entry.Key, static entry => entry.Value.Instances);

        var key = (selection.Tag, position.Digest);
        lock (_gate)
        {
            if (_remembered.TryGetValue(key, out var known))
                return known;
        }

        var held = selection.IsSingle ? RecallState(selection, position, views[selection.Services[0]]) : null;
        held ??= RecallMixture(selection, position, current, views.Keys);
        lock (_gate)
        {
            if (_remembered.Count >= MaxRemembered)
                _remembered.Clear();
            _remembered[key] = held;
        }

        return held;
    }

    /// <summary>One of this replica's own past states, whatever its revision.</summary>
    private ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? RecallState(
        StreamSelection selection, StreamPosition position, StreamView view)
    {
        var (service, instances, digest) = (selection.Services[0], view.Instances, view.Digest);
        foreach (var past in hub.Past.Of(service))
        {
            var earlier = selection.Filter.Apply(past.Instances);
            foreach (var change in Transition.Between(instances, earlier).Changes)
                digest = unchecked(digest + change.DigestDelta);
            instances = earlier;
            if (digest == position.Digest)
                return ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>.Empty.Add(service, instances);
        }

        return null;
    }

    /// <summary>The state that the client's revision covers completely, plus some of the changes that followed.</summary>
    private ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? RecallMixture(
        StreamSelection selection, StreamPosition position, RegistrySnapshot current, IEnumerable<ServiceKey> services)
    {
        var mixture = new StateMixture();
        foreach (var service in services)
        {
            var now = current.Find(service);
            var later = selection.Filter.Apply(now.Instances);
            var isCovered = position.Revision.Covers(now.Revision);
            foreach (var past in isCovered ? [] : hub.Past.Of(service))
            {
                var earlier = selection.Filter.Apply(past.Instances);
                mixture.Add(service, past.Number, Transition.Between(earlier, later));
                later = earlier;
                isCovered = past.Since is null || position.Revision.Covers(past.Since);
                if (isCovered)
                    break;
            }

            if (!isCovered)
                return null;
            mixture.Begin(service, later);
        }

        return mixture.Find(position.Digest);
    }
}

/// <summary>Whether a resumed stream can continue now.</summary>
internal enum ResumeVerdict
{
    Wait,

    /// <summary>This replica has seen everything that the client has seen.</summary>
    Reached,

    /// <summary>This replica has not, and the time to wait is over.</summary>
    Late,

    /// <summary>It never will: the client's revision is of another history or of another configuration.</summary>
    Lost,
}

/// <summary>A resumed stream's wait for the revision that its client has seen at some replica. Immutable.</summary>
internal sealed class ResumeWait(Revision awaited, DateTimeOffset deadline)
{
    public DateTimeOffset Deadline => deadline;

    public ResumeVerdict Check(RegistrySnapshot current, DateTimeOffset now) =>
        current.Revision.Covers(awaited) ? ResumeVerdict.Reached
        : current.Revision.CanNeverCover(awaited) ? ResumeVerdict.Lost
        : now >= deadline ? ResumeVerdict.Late
        : ResumeVerdict.Wait;

    public bool IsOver(RegistrySnapshot current) => current.Revision.Covers(awaited) || current.Revision.CanNeverCover(awaited);
}
