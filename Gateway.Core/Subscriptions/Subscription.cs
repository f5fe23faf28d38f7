using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Timing;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// One stream: decides what to send next from what it has sent and the current snapshot. The hub only sets the wake signal; everything else
/// here belongs to the sending loop, which takes one event at a time and calls <see cref="RecordSent"/> once they are written. Memory does
/// not depend on how slow the reader is: the difference is computed when the reader is ready.
/// </summary>
public sealed class Subscription : IDisposable
{
    private readonly SubscriptionHub _hub;
    private readonly WakeSignal _signal = new();

    // The place of a stream of one service, which most are; else the places of all.
    private readonly ServicePlace? _only;
    private readonly Dictionary<ServiceKey, ServicePlace>? _places;

    // The services to send, each at most once.
    private Queue<ServicePlace>? _backlog;
    private bool _isOnlyQueued;
    private readonly bool _isNew;
    private readonly bool _asEvents;
    private StreamPhase _phase;
    private readonly StreamPosition? _resumed;
    private ResumeWait? _wait;
    private Transition? _transition;
    private int _nextChange;
    private RegistrySnapshot? _scanned;
    private bool? _sentStale;

    // The number of the first snapshot that is not stale; null: the newest is.
    private ulong? _freshSince;
    private UInt128 _digest;
    private Revision? _revision;
    private List<ServiceKey>? _changed;
    private ulong _caughtUp;
    private long _arrived;
    private ulong _sent;

    internal Subscription(SubscriptionHub hub, StreamSelection selection, StreamStart start, DateTimeOffset now, TimeSpan resumeWait)
    {
        // A client that was sent something before must learn that the stream starts over, which only a snapshot says.
        (_hub, Selection, _isNew) = (hub, selection, string.IsNullOrEmpty(start.LastEventId));
        _asEvents = start.AsEvents && _isNew;
        if (selection.Services is [var only])
            _only = new ServicePlace(only);
        else
            _places = selection.Services.ToDictionary(static service => service, static service => new ServicePlace(service));
        if (StreamPosition.TryParse(start.LastEventId, out var position) && position.IsComplete && position.SelectionTag == selection.Tag)
        {
            (_resumed, _phase) = (position, StreamPhase.Resuming);
            _wait = new ResumeWait(position.Revision, now + resumeWait);
        }
    }

    public StreamSelection Selection { get; }

    /// <summary>Why the stream ended; the client, unless its loop sets another reason.</summary>
    public StreamEnd End { get; set; }

    /// <summary>The time at which the loop must continue even if the signal is not set; null: none.</summary>
    public DateTimeOffset? Deadline => _phase == StreamPhase.Resuming ? _wait?.Deadline : null;

    /// <summary>While the stream waits for a revision, every publication wakes it, whatever changed.</summary>
    internal bool AwaitsRevision => Volatile.Read(ref _wait) is not null;

    /// <summary>
    /// The number of the newest snapshot that was sent to the client completely. Written by the loop, read by requests that drain.
    /// </summary>
    internal ulong SentSequence => Volatile.Read(ref _sent);

    /// <summary>How many services were compared with what was sent, in all.</summary>
    internal long Compared { get; private set; }

    /// <summary>Waits until something may have changed for this stream.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    public void Wake() => _signal.Set();

    /// <summary>Takes the next event; false when the client holds the current state (or must wait for it).</summary>
    public bool TryTake(out StreamEvent next)
    {
        var current = _hub.Current;
        next = default;
        if (_phase == StreamPhase.Resuming && !TryResume(current))
            return false;
        while (true)
        {
            if (TakeChange(out next) || TakeStale(current, out next))
                return true;
            if (TryDequeue() is { } place)
            {
                if (StartService(place, current, out next))
                    return true;
            }
            else if (_phase == StreamPhase.Sending)
            {
                if (FinishFirstState(current, out next))
                    return true;
            }
            else if (TakeFresh(current, out next))
            {
                return true;
            }
            else if (!Scan(current))
            {
                if (TakeFresh(current, out next))
                    return true;
                _caughtUp = current.Sequence;
                return false;
            }
        }
    }

    /// <summary>Call when everything taken so far has been written.</summary>
    public void RecordSent()
    {
        if (_caughtUp == _sent)
            return;
        Volatile.Write(ref _sent, _caughtUp);
        _hub.SignalProgress();
    }

    /// <summary>
    /// When the oldest change arrived that was taken since this was asked last; 0: none. Not of what the stream began with, nor of what it resumed.
    /// </summary>
    public long TakeArrived()
    {
        var arrived = _arrived;
        _arrived = 0;
        return arrived;
    }

    /// <summary>The last event of a stream that this replica closes.</summary>
    public StreamEvent Goaway(TimeSpan retryAfter) => At(EventFrame.OfGoaway(retryAfter));

    /// <summary>The last event of a stream whose caller lost the right to read.</summary>
    public StreamEvent Problem(ReadOnlySpan<byte> problem) => At(EventFrame.OfProblem(problem));

    public void Dispose() => _hub.Close(this);

    private bool TryResume(RegistrySnapshot current)
    {
        var position = _resumed!.Value;
        switch (_wait!.Check(current, _hub.Now))
        {
            case ResumeVerdict.Wait:
                return false;
            case ResumeVerdict.Late:
                // This replica is behind what the client has seen: send stale before anything older.
                (_sentStale, _revision) = (false, current.Revision);
                _hub.CountResumed("late");
                break;
            case ResumeVerdict.Lost:
                _wait = null;
                _hub.CountResumed("snapshot");
                break;
            case ResumeVerdict.Reached:
                // A past state that is not recorded yet would be cached as unknown, for this client and all that hold the same state.
                if (!_hub.RemembersBefore(current) && _hub.Now < _wait.Deadline)
                    return false;
                _wait = null;
                if (_hub.Resumption.Recall(Selection, position, current) is { } held)
                {
                    foreach (var (service, instances) in held)
                        PlaceOf(service).Restore(instances);
                    (_digest, _sentStale, _revision, _phase) = (position.Digest, position.IsStale, position.Revision, StreamPhase.Live);
                    _hub.CountResumed("known");
                    return true;
                }
                _hub.CountResumed("snapshot");
                break;
        }
        _phase = StreamPhase.Opening;
        return true;
    }

    /// <summary><c>stale</c>, before anything that is sent in that condition.</summary>
    private bool TakeStale(RegistrySnapshot current, out StreamEvent next)
    {
        next = default;
        var isStale = current.IsStale || IsBehind(current);
        if (_phase == StreamPhase.Opening)
        {
            if (_asEvents)
                _sentStale ??= false;
            Open(current);
        }
        _sentStale ??= isStale;
        _freshSince = isStale ? null : _freshSince ?? current.Sequence;
        if (_sentStale.Value || !isStale)
            return false;
        _sentStale = true;
        _revision ??= current.Revision;
        next = At(EventFrame.Stale);
        return true;
    }

    /// <summary>
    /// <c>fresh</c>, after every change that came while it was stale: until then the client holds what is no longer true. What changed after the first
    /// fresh snapshot is not waited for.
    /// </summary>
    private bool TakeFresh(RegistrySnapshot current, out StreamEvent next)
    {
        next = default;
        if (_sentStale is not true || _freshSince is not { } since || _scanned is null || _scanned.Sequence < since)
            return false;
        _sentStale = false;
        _revision ??= current.Revision;
        next = At(EventFrame.Fresh);
        return true;
    }

    private bool IsBehind(RegistrySnapshot current)
    {
        if (_wait is not null && _wait.IsOver(current))
            _wait = null;
        return _wait is not null;
    }

    private void Open(RegistrySnapshot current)
    {
        _phase = StreamPhase.Sending;
        if (Selection.Namespace is null)
        {
            foreach (var service in Selection.Services)
                Enqueue(PlaceOf(service));
            return;
        }
        // A client that reconnects may hold services that no longer exist: they are sent as empty snapshots.
        var services = _isNew ? current.ServicesIn(Selection.Namespace) : current.ServicesIn(Selection.Namespace).Union(_hub.Past.ChangedIn(Selection.Namespace));
        foreach (var service in services)
            Enqueue(PlaceOf(service));
    }

    private bool TakeChange(out StreamEvent next)
    {
        next = default;
        if (_transition is null)
            return false;
        if (_nextChange == _transition.Changes.Length)
        {
            _transition = null;
            return false;
        }
        var change = _transition.Changes[_nextChange++];
        _digest = unchecked(_digest + change.DigestDelta);
        next = At(change.Frame);
        return true;
    }

    /// <summary>Begins with one service: returns its snapshot, or starts the transition to its current state.</summary>
    private bool StartService(ServicePlace place, RegistrySnapshot current, out StreamEvent next)
    {
        next = default;
        var service = current.Find(place.Service);
        var view = SubscriptionHub.ViewOf(service.View(Selection.Filter));
        _revision = _revision is null ? service.Revision : RevisionOrder.Later(_revision, service.Revision);
        if (_phase == StreamPhase.Sending && !_asEvents)
        {
            MoveTo(place, view, service, current);
            _digest = unchecked(_digest + view.Digest);
            if (Selection.IsSingle)
                _phase = StreamPhase.Live;
            next = At(view.Snapshot(_sentStale!.Value));
            return true;
        }
        if (place.SeenSequence is { } seen && service.Follows is { } follows && seen != follows)
            _hub.CountConflated();
        if (_sent > 0 && service.Sequence > _sent && service.Arrived != 0 && (_arrived == 0 || service.Arrived < _arrived))
            _arrived = service.Arrived;
        (_transition, _nextChange) = (view.From(place.ViewNumber, place.Sent), 0);
        MoveTo(place, view, service, current);
        return false;
    }

    /// <summary>A stream of a namespace keeps no place of a service that no longer exists and of which the client holds nothing.</summary>
    private void MoveTo(ServicePlace place, StreamView view, ServiceSnapshot service, RegistrySnapshot current)
    {
        place.MoveTo(view, service.Sequence);
        if (Selection.Namespace is not null && place.Sent.IsEmpty && !current.Services.ContainsKey(place.Service))
            _places!.Remove(place.Service);
    }

    private bool FinishFirstState(RegistrySnapshot current, out StreamEvent next)
    {
        _phase = StreamPhase.Live;
        _revision ??= current.Revision;
        next = At(_sentStale!.Value ? EventFrame.SyncedStale : EventFrame.SyncedFresh);
        return true;
    }

    /// <summary>Queues the services whose state differs from the one sent; false when there are none.</summary>
    private bool Scan(RegistrySnapshot current)
    {
        if (ReferenceEquals(_scanned, current))
            return false;
        var since = _scanned?.Sequence;
        _scanned = current;
        if (_only is not null)
            return Compare(_only, current);
        if (since is { } known && _hub.Recent.TryCollect(known, current.Sequence, Selection.Namespace, _changed ??= []))
            CompareChanged(_places!, _changed, current);
        else
            CompareAll(_places!, current);
        return _backlog is { Count: > 0 };
    }

    /// <summary>Only what changed since the last scan: the cost does not depend on how many services there are.</summary>
    private void CompareChanged(Dictionary<ServiceKey, ServicePlace> places, List<ServiceKey> changed, RegistrySnapshot current)
    {
        foreach (var key in changed)
        {
            var place = places.GetValueOrDefault(key);
            if (place is null && Selection.Namespace is not null && current.Services.TryGetValue(key, out var service) && service.IsListed)
                place = PlaceOf(key);
            if (place is not null)
                Compare(place, current);
        }

        changed.Clear();
    }

    private void CompareAll(Dictionary<ServiceKey, ServicePlace> places, RegistrySnapshot current)
    {
        if (Selection.Namespace is { } ns)
        {
            foreach (var service in current.ServicesIn(ns))
                PlaceOf(service);
        }

        List<ServiceKey>? gone = null;
        foreach (var (key, place) in places)
        {
            if (!Compare(place, current) && Selection.Namespace is not null && place.Sent.IsEmpty && !current.Services.ContainsKey(key))
                (gone ??= []).Add(key);
        }

        foreach (var key in gone ?? [])
            places.Remove(key);
    }

    /// <summary>Queues the service if its state is another than the one that was used last.</summary>
    private bool Compare(ServicePlace place, RegistrySnapshot current)
    {
        Compared++;
        if (place.SeenSequence == current.SequenceOf(place.Service))
            return false;
        Enqueue(place);
        return true;
    }

    private void Enqueue(ServicePlace place)
    {
        if (place == _only)
            _isOnlyQueued = true;
        else
            (_backlog ??= new()).Enqueue(place);
    }

    private ServicePlace? TryDequeue()
    {
        if (!_isOnlyQueued)
            return _backlog is not null && _backlog.TryDequeue(out var place) ? place : null;
        _isOnlyQueued = false;
        return _only;
    }

    private ServicePlace PlaceOf(ServiceKey service)
    {
        if (_only is not null)
            return _only;
        if (!_places!.TryGetValue(service, out var place))
            _places[service] = place = new ServicePlace(service);
        return place;
    }

    private StreamEvent At(EventFrame frame)
    {
        var revision = _revision ?? _hub.Current.Revision;
        return new(frame.IdAt(new(Selection.Tag, _digest, _phase == StreamPhase.Live, _sentStale ?? false, revision)), frame);
    }
}

/// <summary>The progress of a stream.</summary>
internal enum StreamPhase
{
    /// <summary>Nothing was sent yet.</summary>
    Opening,

    /// <summary>Waits until this replica has seen what the client has seen.</summary>
    Resuming,

    /// <summary>The first state is being sent.</summary>
    Sending,

    /// <summary>The client holds a complete state; only changes follow.</summary>
    Live,
}

/// <summary>Why a stream ended; the tag <c>reason</c> of the metric.</summary>
public enum StreamEnd
{
    /// <summary>The client or the network closed the connection.</summary>
    Client,

    /// <summary>The reader accepted no bytes for the send timeout.</summary>
    TooSlow,

    /// <summary>The stream reached its maximum age; clients reconnect, so that replicas share the load again.</summary>
    MaxAge,

    /// <summary>The end that the client asked for.</summary>
    Timeout,

    /// <summary>The caller lost the right to read.</summary>
    Forbidden,

    /// <summary>No review answered whether the caller still has the right.</summary>
    Unconfirmed,

    /// <summary>This replica is shutting down.</summary>
    Shutdown,
}

/// <summary>The position of one stream in one service: what it has sent. Written and read by its subscription's loop alone.</summary>
internal sealed class ServicePlace(ServiceKey service)
{
    public ServiceKey Service { get; } = service;

    /// <summary>What the client holds once all changes of the current transition are sent.</summary>
    public ImmutableArray<Instance> Sent { get; private set; } = [];

    /// <summary>The <see cref="StreamView.Number"/> of <see cref="Sent"/>; 0 where it is not one of this process' views.</summary>
    public long ViewNumber { get; private set; }

    /// <summary>The sequence of the service's state that was used last; null: none yet.</summary>
    public ulong? SeenSequence { get; private set; }

    public void MoveTo(StreamView view, ulong sequence)
    {
        (Sent, ViewNumber, SeenSequence) = (view.Instances, view.Number, sequence);
    }

    /// <summary>Sets what the client already holds from an earlier connection.</summary>
    public void Restore(ImmutableArray<Instance> held) => (Sent, ViewNumber, SeenSequence) = (held, 0, null);
}
