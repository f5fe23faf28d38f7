using Gateway.Core.Diagnostics;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Timing;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// Holds every open stream and wakes those that a publication concerns; it never waits for one. Requests add and remove their streams; the
/// projector's thread reads them.
/// </summary>
public sealed class SubscriptionHub : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // Of requests that wait for progress, and of the streams that end such a wait; apart from the lock under which streams are woken.
    private readonly Lock _progressGate = new();
    private readonly HashSet<Subscription> _all = [];
    private readonly HashSet<Subscription> _awaiting = [];
    private readonly Dictionary<ServiceKey, HashSet<Subscription>> _byService = [];
    private readonly Dictionary<string, HashSet<Subscription>> _byNamespace = new(StringComparer.Ordinal);
    private readonly RegistryState _state;
    private readonly SubscriptionOptions _options;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly IDisposable _listening;
    private volatile RegistrySnapshot _previous;
    private TaskCompletionSource _progress = NewProgress();
    private volatile bool _isAwaited;
    private volatile bool _isClosing;

    public SubscriptionHub(RegistryState state, SubscriptionOptions options, TimeProvider time, GatewayMetrics metrics)
    {
        (_state, _options, _time, _metrics) = (state, options, time, metrics);
        Past = new PastStates(options.ResumeWindow, time);
        Resumption = new Resumption(this);
        _previous = state.Current;
        _listening = state.OnPublished(Notify);
        metrics.ObserveStreams(() => Count);
    }

    /// <summary>This replica is shutting down: every stream sends goaway, and no new one is opened.</summary>
    public bool IsClosing => _isClosing;

    public int Count
    {
        get
        {
            lock (_gate)
                return _all.Count;
        }
    }

    internal RegistrySnapshot Current => _state.Current;

    internal DateTimeOffset Now => _time.GetSteadyNow();

    internal PastStates Past { get; }

    internal RecentChanges Recent { get; } = new();

    /// <summary>For measures of time alone.</summary>
    internal TimeProvider Time => _time;

    /// <summary>How long past states, and what was found among them, are kept.</summary>
    internal TimeSpan ResumeWindow => _options.ResumeWindow;

    internal Resumption Resumption { get; }

    /// <summary>
    /// Null when the maximum number of streams is open, or the replica is shutting down. The caller disposes the subscription.
    /// </summary>
    public Subscription? TryOpen(StreamSelection selection, StreamStart start)
    {
        var subscription = new Subscription(this, Shared(selection), start, Now, _options.ResumeWait);
        lock (_gate)
        {
            if (_isClosing || _all.Count >= _options.MaxStreams)
                return null;
            _all.Add(subscription);
            if (subscription.AwaitsRevision)
                _awaiting.Add(subscription);
            foreach (var service in subscription.Selection.Services)
                AddLocked(_byService, service, subscription);
            if (selection.Namespace is not null)
                AddLocked(_byNamespace, selection.Namespace, subscription);
        }
        subscription.Wake();
        _metrics.StreamsOpened.Add(1);
        return subscription;
    }

    /// <summary>Thousands of streams cover the same service: those of one filter share what says so.</summary>
    private StreamSelection Shared(StreamSelection selection)
    {
        if (selection.Services is not [var only])
            return selection;
        lock (_gate)
        {
            // One of them is enough: most ask for the same.
            foreach (var open in _byService.GetValueOrDefault(only) ?? [])
                return open.Selection.Covers(selection) ? open.Selection : selection;
        }

        return selection;
    }

    /// <summary>Wakes all streams, whose own loops then end them.</summary>
    public void Shutdown()
    {
        _isClosing = true;
        WakeAll();
    }

    /// <summary>
    /// The number of streams that include the service, and how many of them have not yet been sent this snapshot or a later one.
    /// </summary>
    public (int Streams, int Behind) CountBehind(ServiceKey service, ulong sequence)
    {
        lock (_gate)
        {
            var (streams, behind) = (0, 0);
            foreach (var set in new[] { _byService.GetValueOrDefault(service), _byNamespace.GetValueOrDefault(service.Namespace) })
            {
                foreach (var subscription in set ?? [])
                {
                    streams++;
                    behind += subscription.SentSequence < sequence ? 1 : 0;
                }
            }
            return (streams, behind);
        }
    }

    /// <summary>
    /// Completes when, after this call, any stream has sent what was due or has closed. Get the task, then count, then await it.
    /// </summary>
    public Task NextProgress()
    {
        Task awaited;
        lock (_progressGate)
        {
            _isAwaited = true;
            awaited = _progress.Task;
        }

        // Before anything is counted.
        Interlocked.MemoryBarrier();
        return awaited;
    }

    /// <summary>Until cancelled: removes what was kept for streams that may resume, once it is older than the window, though nothing changes any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var clock = new PeriodicTimer(_options.ResumeWindow < SweepInterval ? _options.ResumeWindow : SweepInterval, _time);
        try
        {
            while (await clock.WaitForNextTickAsync(cancellationToken))
                Expire();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _listening.Dispose();

    internal void Expire()
    {
        Past.Expire();
        Resumption.Expire();
    }

    /// <summary>Whether the state before that snapshot is in <see cref="Past"/>; for a moment after the publication it is not.</summary>
    internal bool RemembersBefore(RegistrySnapshot current) => _previous.Sequence >= current.Sequence;

    internal static StreamView ViewOf(LookupView view) => view.Companion(static made => new StreamView(made));

    internal void CountResumed(string outcome) => _metrics.StreamsResumed.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    internal void SignalProgress()
    {
        // Pairs with NextProgress: either the draining request counts what was just sent, or this sees that it waits. Mostly there is
        // no such request, and thousands of streams do not meet at the lock.
        Interlocked.MemoryBarrier();
        if (!_isAwaited)
            return;
        TaskCompletionSource ended;
        lock (_progressGate)
        {
            if (!_isAwaited)
                return;
            (ended, _progress, _isAwaited) = (_progress, NewProgress(), false);
        }

        ended.SetResult();
    }

    internal void Close(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_all.Remove(subscription))
                return;
            _awaiting.Remove(subscription);
            foreach (var service in subscription.Selection.Services)
                RemoveLocked(_byService, service, subscription);
            if (subscription.Selection.Namespace is { } ns)
                RemoveLocked(_byNamespace, ns, subscription);
        }
        _metrics.StreamsClosed.Add(1, new KeyValuePair<string, object?>("reason", ReasonOf(subscription.End)));
        SignalProgress();
    }

    internal void CountConflated() => _metrics.StreamChangesConflated.Add(1);

    private static string ReasonOf(StreamEnd end) => end switch
    {
        StreamEnd.TooSlow => "too_slow",
        StreamEnd.MaxAge => "max_age",
        StreamEnd.Timeout => "timeout",
        StreamEnd.Forbidden => "forbidden",
        StreamEnd.Unconfirmed => "unconfirmed",
        StreamEnd.Shutdown => "shutdown",
        _ => "client",
    };

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void AddLocked<T>(Dictionary<T, HashSet<Subscription>> index, T key, Subscription subscription)
        where T : notnull
    {
        if (!index.TryGetValue(key, out var set))
            index[key] = set = [];
        set.Add(subscription);
    }

    private static void RemoveLocked<T>(Dictionary<T, HashSet<Subscription>> index, T key, Subscription subscription)
        where T : notnull
    {
        if (index.TryGetValue(key, out var set) && set.Remove(subscription) && set.Count == 0)
            index.Remove(key);
    }

    /// <summary>On the projector's thread: records the former states of the services, then wakes streams.</summary>
    private void Notify(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed)
    {
        var previous = _previous;
        Recent.Record(snapshot.Sequence, changed);
        Past.KeepAtMost(snapshot.Instances.Count);
        if (previous.HasSynced)
            Remember(previous, snapshot, changed);

        // Record, then publish that, then wake: a stream that did not find its state yet is woken afterwards.
        _previous = snapshot;
        lock (_gate)
        {
            if (snapshot.IsStale != previous.IsStale || snapshot.HasSynced != previous.HasSynced)
            {
                foreach (var subscription in _all)
                    subscription.Wake();
                return;
            }
            foreach (var service in changed)
            {
                foreach (var subscription in _byService.GetValueOrDefault(service) ?? [])
                    subscription.Wake();
                foreach (var subscription in _byNamespace.GetValueOrDefault(service.Namespace) ?? [])
                    subscription.Wake();
            }
            foreach (var subscription in _awaiting)
                subscription.Wake();
            _awaiting.RemoveWhere(static subscription => !subscription.AwaitsRevision);
        }
    }

    private void Remember(RegistrySnapshot previous, RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed)
    {
        foreach (var key in changed)
        {
            var was = previous.Find(key);
            if (was.Sequence != snapshot.SequenceOf(key))
                Past.Add(key, was.Instances, snapshot.Find(key).Instances, previous.IsKnown(key) ? was.Revision : null);
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            foreach (var subscription in _all)
                subscription.Wake();
        }
    }
}
