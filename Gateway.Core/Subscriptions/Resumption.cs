using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// Finds the state that a reconnecting client holds; the digest identifies it. It may be the current state, one that this replica
/// remembers, or one that only another replica had, because it folded the same changes in another grouping. Called by every stream's loop.
/// The many clients of a lost replica hold the same few states, so what was found is cached, and the digests of past states are computed once for all.
/// What is not found is not kept: an id that no replica has sent costs a search and holds nothing.
/// </summary>
internal sealed class Resumption(SubscriptionHub hub)
{
    private const int MaxRemembered = 256;

    /// <summary>Past states that are searched for a stream with a filter of its own, whose digests no other stream shares.</summary>
    private const int MaxFilteredStates = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Selection, UInt128 Digest), (ImmutableDictionary<ServiceKey, ImmutableArray<Instance>> Held, long At)> _remembered = [];
    private readonly Dictionary<(string Selection, ServiceKey Service), (PastDigests Digests, long At)> _past = [];

    /// <summary>The instances that the client holds, by service; null when they are unknown.</summary>
    public ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? Recall(
        StreamSelection selection, StreamPosition position, RegistrySnapshot current)
    {
        var services = selection.Namespace is { } ns ? current.ServicesIn(ns).Union(hub.Past.ChangedIn(ns)) : selection.Services;
        var views = services.ToDictionary(static key => key, key => SubscriptionHub.ViewOf(current.Find(key).View(selection.Filter)));
        UInt128 digest = 0;
        foreach (var view in views.Values)
            digest = unchecked(digest + view.Digest);
        if (digest == position.Digest)
            return views.ToImmutableDictionary(static entry => entry.Key, static entry => entry.Value.Instances);

        var key = (selection.Tag, position.Digest);
        lock (_gate)
        {
            if (_remembered.TryGetValue(key, out var known))
                return known.Held;
        }

        var held = selection.IsSingle ? RecallState(selection, position, views[selection.Services[0]]) : null;
        held ??= RecallMixture(selection, position, current, views.Keys);
        if (held is null)
            return null;
        lock (_gate)
        {
            if (_remembered.Count >= MaxRemembered)
                _remembered.Clear();
            _remembered[key] = (held, hub.Time.GetTimestamp());
        }

        return held;
    }

    /// <summary>Removes what was found longer ago than the window of resumption.</summary>
    public void Expire()
    {
        lock (_gate)
        {
            foreach (var (key, found) in _remembered)
            {
                if (hub.Time.GetElapsedTime(found.At) > hub.ResumeWindow)
                    _remembered.Remove(key);
            }

            foreach (var (key, found) in _past)
            {
                if (hub.Time.GetElapsedTime(found.At) > hub.ResumeWindow)
                    _past.Remove(key);
            }

            _remembered.TrimExcess();
            _past.TrimExcess();
        }
    }

    /// <summary>One of this replica's own past states, whatever its revision.</summary>
    private ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? RecallState(
        StreamSelection selection, StreamPosition position, StreamView view)
    {
        var service = selection.Services[0];
        var past = hub.Past.Of(service);
        return DigestsOf(selection, service, past, view).Find(position.Digest) is { } number && past.FirstOrDefault(state => state.Number == number) is { } found
            ? ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>.Empty.Add(service, selection.Filter.Apply(found.Instances))
            : null;
    }

    /// <summary>The digests of a service's past states as the selection shows them, computed again only after a change of the service.</summary>
    private PastDigests DigestsOf(StreamSelection selection, ServiceKey service, ImmutableArray<PastState> past, StreamView view)
    {
        var newest = past.IsEmpty ? 0 : past[0].Number;
        lock (_gate)
        {
            if (_past.TryGetValue((selection.Tag, service), out var known) && known.Digests.Newest == newest && known.Digests.View == view.Number)
                return known.Digests;
        }

        var depth = selection.Filter.Equals(LookupFilter.Default) ? past.Length : Math.Min(past.Length, MaxFilteredStates);
        var digests = PastDigests.Of(past[..depth], view, selection.Filter);
        lock (_gate)
        {
            if (_past.Count >= MaxRemembered)
                _past.Clear();
            _past[(selection.Tag, service)] = (digests, hub.Time.GetTimestamp());
        }

        return digests;
    }

    /// <summary>The state that the client's revision covers completely, plus some of the changes that followed.</summary>
    private ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? RecallMixture(
        StreamSelection selection, StreamPosition position, RegistrySnapshot current, IEnumerable<ServiceKey> services)
    {
        var mixture = new StateMixture();
        foreach (var service in services)
        {
            var now = current.Find(service);
            if (position.Revision.Covers(now.Revision))
            {
                mixture.Begin(service, selection.Filter.Apply(now.Instances));
                continue;
            }

            var states = hub.Past.Of(service);
            var first = FirstCovered(states, position.Revision);
            if (first < 0)
                return null;
            // Only the first few changes after it are tried, so no more states are compared.
            var last = Math.Max(-1, first - StateMixture.MaxChanges);
            var earlier = selection.Filter.Apply(states[first].Instances);
            mixture.Begin(service, earlier);
            for (var i = first; i > last; i--)
            {
                var later = selection.Filter.Apply(i == 0 ? now.Instances : states[i - 1].Instances);
                mixture.Add(service, states[i].Number, Transition.Between(earlier, later));
                earlier = later;
            }
        }

        return mixture.Find(position.Digest);
    }

    /// <summary>The newest past state that the revision covers; negative: none.</summary>
    private static int FirstCovered(ImmutableArray<PastState> states, Revision revision)
    {
        for (var i = 0; i < states.Length; i++)
        {
            if (states[i].Since is null || revision.Covers(states[i].Since!))
                return i;
        }

        return -1;
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

/// <summary>
/// The digests of a service's past states under one filter, by the states' numbers. <paramref name="Newest"/> and <paramref name="View"/> say for
/// which states they are. Immutable.
/// </summary>
internal sealed record PastDigests(long Newest, long View, Dictionary<UInt128, long> Numbers)
{
    public static PastDigests Of(ImmutableArray<PastState> past, StreamView view, LookupFilter filter)
    {
        var (numbers, instances, digest) = (new Dictionary<UInt128, long>(past.Length), view.Instances, view.Digest);
        foreach (var state in past)
        {
            var earlier = filter.Apply(state.Instances);
            foreach (var change in Transition.Between(instances, earlier).Changes)
                digest = unchecked(digest + change.DigestDelta);
            instances = earlier;
            numbers.TryAdd(digest, state.Number);
        }

        return new(past.IsEmpty ? 0 : past[0].Number, view.Number, numbers);
    }

    /// <summary>The number of the newest state with this digest; null: there is none.</summary>
    public long? Find(UInt128 digest) => Numbers.TryGetValue(digest, out var number) ? number : null;
}
