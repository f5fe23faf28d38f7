using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// One stream: decides what it tells next, from what it has told and what is true now. The hub only sets the wake signal; everything else
/// here belongs to the loop that sends, which takes one event at a time and calls <see cref="NoteSent"/> when they have left. Memory does not
/// hang on how slow the reader is: what it missed is computed when it is ready.
/// </summary>
public sealed class Subscription : IDisposable
{
    private readonly SubscriptionHub _hub;
    private readonly WakeSignal _signal = new();
    private readonly Dictionary<ServiceKey, ServicePlace> _places = [];
    private readonly Queue<ServicePlace> _backlog = new();
    private readonly bool _isAnew;
    private readonly bool _asEvents;
    private StreamPhase _phase;
    private readonly StreamPosition? _resumed;
    private ResumeWait? _wait;
    private Transition? _transition;
    private int _nextChange;
    private RegistrySnapshot? _scanned;
    private bool? _toldStale;
    private UInt128 _digest;
    private Revision? _revision;
    private ulong _caughtUp;
    private ulong _sent;

    internal Subscription(SubscriptionHub hub, StreamSelection selection, StreamStart start, DateTimeOffset now, TimeSpan resumeWait)
    {
        // Whoever was told something before has to learn that it begins anew, which only a snapshot says.
        (_hub, Selection, _isAnew) = (hub, selection, string.IsNullOrEmpty(start.LastEventId));
        _asEvents = start.AsEvents && _isAnew;
        foreach (var service in selection.Services)
            _places[service] = new ServicePlace(service);
        if (StreamPosition.TryParse(start.LastEventId, out var position) && position.IsComplete && position.SelectionTag == selection.Tag)
        {
            (_resumed, _phase) = (position, StreamPhase.Resuming);
            _wait = new ResumeWait(position.Revision, now + resumeWait);
        }
    }

    public StreamSelection Selection { get; }

    /// <summary>Why it ends, as far as its loop knows: the client, unless it says otherwise.</summary>
    public StreamEnd End { get; set; }

    /// <summary>Something has to happen at this time even if nobody sets the signal; null: nothing has.</summary>
    public DateTimeOffset? Deadline => _phase == StreamPhase.Resuming ? _wait?.Deadline : null;

    /// <summary>Every publication concerns it, whatever changed: it waits for a revision.</summary>
    internal bool AwaitsRevision => Volatile.Read(ref _wait) is not null;

    /// <summary>The number of the newest snapshot that the client has been sent in full. Written by the loop, read by whoever drains.</summary>
    internal ulong SentSequence => Volatile.Read(ref _sent);

    /// <summary>Waits until something may have changed for this stream.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _signal.WaitAsync(cancellation);

    public void Wake() => _signal.Set();

    /// <summary>Takes the next event; false when the client holds the truth as it stands (or must wait for it).</summary>
    public bool TryTake(out StreamEvent next)
    {
        var current = _hub.Current;
        next = default;
        if (_phase == StreamPhase.Resuming && !TryResume(current))
            return false;
        while (true)
        {
            if (TakeChange(out next) || TakeCondition(current, out next))
                return true;
            if (_backlog.TryDequeue(out var place))
            {
                if (Turn(place, current, out next))
                    return true;
            }
            else if (_phase == StreamPhase.Telling)
            {
                if (FinishFirstState(current, out next))
                    return true;
            }
            else if (!Scan(current))
            {
                _caughtUp = current.Sequence;
                return false;
            }
        }
    }

    /// <summary>Everything taken so far has been sent.</summary>
    public void NoteSent()
    {
        if (_caughtUp == _sent)
            return;
        Volatile.Write(ref _sent, _caughtUp);
        _hub.NoteProgress();
    }

    /// <summary>The last event of a stream that this replica ends.</summary>
    public StreamEvent Goaway(TimeSpan retryAfter) => At(EventFrame.OfGoaway(retryAfter));

    /// <summary>The last event of a stream whose right was taken away.</summary>
    public StreamEvent Problem(ReadOnlySpan<byte> problem) => At(EventFrame.OfProblem(problem));

    public void Dispose() => _hub.Close(this);

    private bool TryResume(RegistrySnapshot current)
    {
        var position = _resumed!.Value;
        switch (_wait!.Judge(current, _hub.Now))
        {
            case ResumeVerdict.Wait:
                return false;
            case ResumeVerdict.Late:
                // This replica is behind what the client has seen: say so before sending it anything older.
                (_toldStale, _revision) = (false, current.Revision);
                _hub.NoteResumed("late");
                break;
            case ResumeVerdict.Lost:
                _wait = null;
                _hub.NoteResumed("snapshot");
                break;
            case ResumeVerdict.Reached:
                // A state that is not remembered yet would be taken for one that is not known, for this client and all who hold the same.
                if (!_hub.RemembersBefore(current) && _hub.Now < _wait.Deadline)
                    return false;
                _wait = null;
                if (_hub.Resumption.Recall(Selection, position, current) is { } held)
                {
                    foreach (var (service, instances) in held)
                        PlaceOf(service).Recall(instances);
                    (_digest, _toldStale, _revision, _phase) = (position.Digest, position.IsStale, position.Revision, StreamPhase.Live);
                    _hub.NoteResumed("known");
                    return true;
                }
                _hub.NoteResumed("snapshot");
                break;
        }
        _phase = StreamPhase.Opening;
        return true;
    }

    /// <summary><c>stale</c> and <c>fresh</c>, before anything that is told in that condition.</summary>
    private bool TakeCondition(RegistrySnapshot current, out StreamEvent next)
    {
        next = default;
        var isStale = current.IsStale || IsBehind(current);
        if (_phase == StreamPhase.Opening)
        {
            if (_asEvents)
                _toldStale ??= false;
            Open(current);
        }
        _toldStale ??= isStale;
        if (_toldStale == isStale)
            return false;
        _toldStale = isStale;
        _revision ??= current.Revision;
        next = At(isStale ? EventFrame.Stale : EventFrame.Fresh);
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
        _phase = StreamPhase.Telling;
        if (Selection.Namespace is null)
        {
            foreach (var service in Selection.Services)
                _backlog.Enqueue(_places[service]);
            return;
        }
        // Whoever comes back may hold services that are gone: their snapshots are empty.
        var services = _isAnew ? current.ServicesIn(Selection.Namespace) : current.ServicesIn(Selection.Namespace).Union(_hub.Past.ChangedIn(Selection.Namespace));
        foreach (var service in services)
            _backlog.Enqueue(PlaceOf(service));
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

    /// <summary>Turns to a service: tells its snapshot, or begins to tell what changed.</summary>
    private bool Turn(ServicePlace place, RegistrySnapshot current, out StreamEvent next)
    {
        next = default;
        var service = current.Find(place.Service);
        var view = _hub.ViewOf(service.View(Selection.Filter));
        _revision = _revision is null ? service.Revision : RevisionOrder.Later(_revision, service.Revision);
        if (_phase == StreamPhase.Telling && !_asEvents)
        {
            place.Become(view, service.Sequence);
            _digest = unchecked(_digest + view.Digest);
            if (Selection.IsSingle)
                _phase = StreamPhase.Live;
            next = At(view.Snapshot(_toldStale!.Value));
            return true;
        }
        if (place.SeenSequence is { } seen && service.Follows is { } follows && seen != follows)
            _hub.NoteConflated();
        (_transition, _nextChange) = (view.From(place.ViewNumber, place.Told), 0);
        place.Become(view, service.Sequence);
        return false;
    }

    private bool FinishFirstState(RegistrySnapshot current, out StreamEvent next)
    {
        _phase = StreamPhase.Live;
        _revision ??= current.Revision;
        next = At(_toldStale!.Value ? EventFrame.SyncedStale : EventFrame.SyncedFresh);
        return true;
    }

    /// <summary>Finds the services that are in another state than told; false when there are none.</summary>
    private bool Scan(RegistrySnapshot current)
    {
        if (ReferenceEquals(_scanned, current))
            return false;
        _scanned = current;
        if (Selection.Namespace is { } ns)
        {
            foreach (var service in current.ServicesIn(ns))
                PlaceOf(service);
        }
        List<ServiceKey>? gone = null;
        foreach (var (key, place) in _places)
        {
            if (place.SeenSequence != current.SequenceOf(key))
                _backlog.Enqueue(place);
            else if (Selection.Namespace is not null && place.Told.IsEmpty && !current.Services.ContainsKey(key))
                (gone ??= []).Add(key);
        }
        foreach (var key in gone ?? [])
            _places.Remove(key);
        return _backlog.Count > 0;
    }

    private ServicePlace PlaceOf(ServiceKey service)
    {
        if (!_places.TryGetValue(service, out var place))
            _places[service] = place = new ServicePlace(service);
        return place;
    }

    private StreamEvent At(EventFrame frame)
    {
        var revision = _revision ?? _hub.Current.Revision;
        return new(new StreamPosition(Selection.Tag, _digest, _phase == StreamPhase.Live, _toldStale ?? false, revision).ToString(), frame);
    }
}
