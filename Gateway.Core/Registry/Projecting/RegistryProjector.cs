using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Gateway.Core.Annotations;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Supervision;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Applies every change of the cluster, of leases and of POSTs to the next snapshot: one loop, the only writer of <see cref="RegistryState"/>.
/// Any thread may wake it; a thousand changes of one service between two rounds are one projection.
/// </summary>
public sealed class RegistryProjector : IDisposable
{
    /// <summary>A change that waits longer turns answers stale until it is published.</summary>
    internal static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <summary>How often that is checked.</summary>
    internal static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private static readonly (WatchedKind Kind, string Name)[] KindNames =
    [
        (WatchedKind.Nodes, "nodes"), (WatchedKind.Pods, "pods"), (WatchedKind.Services, "services"), (WatchedKind.Slices, "endpoints"),
    ];

    private readonly RegistryState _state;
    private readonly RegistryFeeds _feeds;
    private readonly ILeaseStore _leases;
    private readonly IPostLog _posts;
    private readonly IApplicationStore _applications;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RegistryIndex _index;
    private readonly UnreadableRecords _unreadable;
    private readonly ReservedRecords _reserved;
    private readonly InstanceCounts _counts;
    private readonly UnprojectedServices _unprojected;
    private readonly SnapshotBuilder _builder;
    private readonly RegistryIntake _intake;
    private readonly GoneRegistrations _gone;
    private readonly WakeSignal _wake = new();
    private readonly PendingChange _pending;

    // The loop and its watch publish one at a time.
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<string> _signalled = new();
    private readonly ConcurrentQueue<string> _posted = new();
    private readonly ConcurrentQueue<ServiceKey> _changedApplications = new();
    private readonly Dictionary<string, (int RestartCount, string? Run)> _confirmed = new(StringComparer.Ordinal);

    // Not zero: that means no local part.
    private readonly uint _replica = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))) | 1;
    private SavedRegistry? _offered;
    private IReadOnlyList<RevisionPart>? _histories;

    // Served until the first lists are complete.
    private SavedRegistry? _restoring;

    // A round that failed has taken changes that no snapshot contains.
    private bool _isBroken;

    // Answers are stale because a change waits, not because the API server is lost. Under the lock.
    private bool _isBehind;

    public RegistryProjector(
        RegistryState state, RegistryFeeds feeds, PodRecordReader reader, ILeaseStore leases, IPostLog posts, GatewayMetrics metrics,
        ILogger<RegistryProjector> logger, TimeProvider time, NameMapping? mapping = null, IApplicationStore? applications = null)
    {
        (_state, _feeds, _leases, _posts, _metrics, _logger, _time) = (state, feeds, leases, posts, metrics, logger, time);
        _pending = new PendingChange(time);
        _unreadable = new UnreadableRecords(metrics, logger);
        _reserved = new ReservedRecords(feeds.ReservesNames, metrics, logger);
        _counts = new InstanceCounts(metrics);
        _unprojected = new UnprojectedServices(metrics, logger, time);
        _applications = applications ?? new MemoryApplicationStore(new(), time);
        _index = new RegistryIndex(
            reader, leases, posts, _unreadable, _reserved, new ServiceOrigins(mapping ?? new NameMapping(new(), new()), _applications, metrics, logger),
            feeds.WatchesEveryPod);
        _builder = new SnapshotBuilder(state.Layout, new InstanceProjection(leases, posts), _counts, _unprojected, time);
        _gone = new GoneRegistrations(leases, posts, time);
        _intake = new RegistryIntake(state.Layout, feeds, _index, logger);
        _leases.Changed += OnLeasesChanged;
        _posts.Noted += OnNoted;
        _applications.Changed += OnApplicationsChanged;
    }

    /// <summary>
    /// Raised, after publishing, for a registration that only the post log keeps UP; once for each restart of its container. Handlers only signal.
    /// </summary>
    public event Action<RestartConfirmation>? ConfirmationNeeded;

    /// <summary>
    /// Raised, before publishing, with what is published, what will be, and the services that differ: a reader that has taken the snapshot finds what a
    /// handler recorded of it. Handlers must be fast.
    /// </summary>
    internal event Action<RegistrySnapshot, RegistrySnapshot, IReadOnlyCollection<ServiceKey>>? Publishing;

    /// <summary>As <see cref="Publishing"/>, with the pods that were added, changed or deleted.</summary>
    internal event Action<RegistrySnapshot, RegistrySnapshot, IReadOnlyCollection<ObjectKey>>? PodsPublishing;

    /// <summary>Raised, after publishing, with the pods that were added, changed or deleted. Handlers only signal.</summary>
    public event Action<IReadOnlyCollection<ObjectKey>>? PodsChanged;

    /// <summary>Something may have changed: there will be a round after this. Never blocks.</summary>
    public void Wake() => Wake(0);

    /// <param name="arrived">The timestamp of the arrival of what changed; 0: now.</param>
    public void Wake(long arrived)
    {
        _pending.Arrive(arrived);
        _wake.Set();
    }

    /// <summary>
    /// A saved registry, to be served as stale until the first lists are complete; ignored after that. Objects that the lists lack are then removed.
    /// </summary>
    public void Offer(SavedRegistry saved)
    {
        Volatile.Write(ref _offered, saved);
        Wake();
    }

    /// <summary>
    /// The histories that other replicas count (versions do not matter): where they count more, this replica continues from their count.
    /// </summary>
    public void RaiseHistories(IReadOnlyList<RevisionPart> others)
    {
        Volatile.Write(ref _histories, others);
        Wake();
    }

    public void Dispose()
    {
        _leases.Changed -= OnLeasesChanged;
        _posts.Noted -= OnNoted;
        _applications.Changed -= OnApplicationsChanged;
    }

    /// <summary>
    /// Runs until cancelled. A round that fails ends it; when it is run again, the next round rebuilds everything from the stores and reports every
    /// service as changed, since it is unknown how far the failed round had come.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Wake();
            while (true)
            {
                // The signal is taken before the feeds are drained: later changes wake the next round.
                await _wake.WaitAsync(cancellationToken);
                Fold();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Runs until cancelled: turns answers stale while a change waits longer than <see cref="MaxWait"/> to be published, whatever the reason: a round
    /// that takes long, one that hangs, or one that failed. Wakes the loop for services that it has to try again. It never waits for the loop.
    /// </summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var seen = 0L;
            while (true)
            {
                await Task.Delay(WatchInterval, _time, cancellationToken);

                // A clock that jumped (a frozen container) proves nothing: the same change has to wait at two checks.
                await Task.Yield();
                var oldest = _pending.Oldest;
                if (oldest != 0 && oldest == seen)
                    ShowBehind();
                seen = oldest;
                if (_unprojected.IsDue)
                    Wake();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One round: applies everything pending and publishes the result. False when nothing changed, and nothing is to be tried again at once.</summary>
    internal bool Fold()
    {
        var isRepair = _isBroken;
        _isBroken = true;
        try
        {
            var hasPublished = Fold(isRepair);
            _isBroken = false;
            return hasPublished;
        }
        catch (Exception) when (isRepair)
        {
            // The snapshot has not been updated for a second or more, and it is unknown when it will be.
            ShowStale();
            throw;
        }
    }

    private bool Fold(bool isRepair)
    {
        var former = _state.Current;
        var started = _time.GetTimestamp();
        var arrived = _pending.Take();
        var (signalled, posted) = (Taken(_signalled), Taken(_posted));

        // Read before draining: once it is true, the feeds contain everything of the first lists.
        var hasSynced = _feeds.HasSynced();
        var isStale = _feeds.IsLost();

        // Without the API server callers cannot be recognised, so heartbeats that were sent may be missing.
        _leases.Freeze(isStale);
        hasSynced &= isRepair ? _intake.Restart(former) : _intake.Drain();
        var offered = Interlocked.Exchange(ref _offered, null);
        _restoring = hasSynced ? null : offered ?? _restoring;
        if (!hasSynced && (isRepair || !former.HasSynced))
        {
            if (_restoring is null)
            {
                _pending.Clear();
                return false;
            }

            if (isRepair || offered is not null)
                _intake.Restore(_restoring);
        }

        // Restored, and not yet replaced by the cluster's own lists.
        isStale |= !hasSynced;

        foreach (var part in Interlocked.Exchange(ref _histories, null) ?? [])
            _intake.RaiseHistory(part);
        Touch(former, signalled);
        Touch(former, posted.Where(id => _index.DependsOnPost(former.Instances.Find(id))));
        while (_changedApplications.TryDequeue(out var application))
            _index.Touched.Add(application);
        if (isRepair)
            TouchEverything(former);
        _index.Touched.UnionWith(_unprojected.Begin(isRepair));
        var next = _builder.Build(former, _index.Gather(), _intake.Seen, _replica, isStale, isRepair, arrived);
        _counts.ReportHeldBack();
        _unprojected.Report();
        if (_unprojected.WantsRound)
            Wake();
        if (!isStale)
            _gone.Sweep(_index.Pods);
        if (next is not { } built)
        {
            ShowUnchanged(isStale);
            return _unprojected.WantsRound;
        }

        Check(former, built.Snapshot);

        PodsPublishing?.Invoke(former, built.Snapshot, built.ChangedPods);
        Publishing?.Invoke(former, built.Snapshot, built.Changed);
        var wasBehind = Publish(built.Snapshot, isRepair ? EveryServiceOf(former, built.Snapshot) : built.Changed, built.ChangedForClients, isRepair);
        Report(former, built, started, arrived == 0 ? started : arrived, isRepair, wasBehind);
        RaiseConfirmations(built);
        IReadOnlyCollection<ObjectKey> changedPods = isRepair ? [.. built.Snapshot.Pods.Keys, .. built.ChangedPods] : built.ChangedPods;
        if (changedPods.Count > 0)
            PodsChanged?.Invoke(changedPods);
        return true;
    }

    /// <summary>Signals from before the failed round are lost, so everything that they may have concerned is projected again.</summary>
    private void TouchEverything(RegistrySnapshot former)
    {
        _counts.Restart(former);
        _index.TouchAll();
        _index.Touched.UnionWith(former.Services.Keys);
        foreach (var (fact, _) in _applications.All)
            _index.Touched.Add(new ServiceKey(fact.Application.Namespace, fact.Application.Name));
        foreach (var id in _confirmed.Keys.Where(id => former.Instances.Find(id) is null).ToList())
            _confirmed.Remove(id);
    }

    private static HashSet<ServiceKey> EveryServiceOf(RegistrySnapshot former, RegistrySnapshot next) =>
        [.. former.Services.Keys, .. next.Services.Keys, .. next.Tombstones.Keys];

    /// <summary>A published revision must be covered by every later one of this process, because clients wait for it.</summary>
    internal static void Check(RegistrySnapshot former, RegistrySnapshot next)
    {
        foreach (var part in former.Revision.Parts)
        {
            if (part.IsAfter(next.Revision.Part(part.Index)))
                throw new BrokenInvariantException($"The registry's revision would fall from {former.Revision} to {next.Revision}.");
        }
    }

    /// <summary>Publishes the next snapshot, as stale where a later change waits too long already; whether the former one was stale by that.</summary>
    private bool Publish(
        RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed, IReadOnlyCollection<ServiceKey> changedForClients, bool toAll)
    {
        lock (_gate)
        {
            var wasBehind = _isBehind;
            _pending.Clear();
            _isBehind = !snapshot.IsStale && snapshot.HasSynced && _pending.HasWaited(MaxWait);
            _state.Publish(_isBehind ? snapshot.Marked(isStale: true) : snapshot, changed, changedForClients, toAll);
            return wasBehind;
        }
    }

    /// <summary>The round changed nothing, but answers may have turned stale while it ran.</summary>
    private void ShowUnchanged(bool isStale)
    {
        lock (_gate)
        {
            _pending.Clear();
            if (!_isBehind || isStale || _pending.HasWaited(MaxWait))
                return;
            _isBehind = false;
            RegistryLog.CaughtUp(_logger);
            _state.Publish(_state.Current.Marked(isStale: false), []);
        }
    }

    /// <summary>On the watch's thread: publishes the same content as stale. Reads nothing that the loop owns.</summary>
    private void ShowBehind()
    {
        lock (_gate)
        {
            var shown = _state.Current;
            if (!shown.HasSynced || shown.IsStale || !_pending.HasWaited(MaxWait))
                return;
            _isBehind = true;
            RegistryLog.TurnedBehind(_logger, MaxWait.TotalSeconds);
            _state.Publish(shown.Marked(isStale: true), []);
        }
    }

    /// <summary>Publishes the same content as stale. Does not read the index, which may be half updated.</summary>
    private void ShowStale()
    {
        lock (_gate)
        {
            var former = _state.Current;
            if (former.HasSynced && !former.IsStale)
                _state.Publish(former.AsStale(_replica), []);
        }
    }

    private static List<string> Taken(ConcurrentQueue<string> queue)
    {
        List<string> ids = [];
        while (queue.TryDequeue(out var id))
            ids.Add(id);
        return ids;
    }

    // An id without an instance was not projected yet, and will be with the state of its lease then.
    private void Touch(RegistrySnapshot former, IEnumerable<string> signalled)
    {
        foreach (var id in signalled)
        {
            if (former.Instances.Find(id) is not { } instance)
                continue;
            if (instance.Pod is { } pod)
                _index.Touched.AddPod(instance.Service, pod.KeyIn(instance.Service.Namespace), hasNewRecords: false);
            else
                _index.Touched.Add(instance.Service);
        }
    }

    private void Report(RegistrySnapshot former, BuiltSnapshot built, long started, long arrived, bool isRepair, bool wasBehind)
    {
        var snapshot = built.Snapshot;
        if (!former.HasSynced)
            RegistryLog.Synced(_logger, snapshot.Services.Count, snapshot.Instances.Count, snapshot.Pods.Count);
        if (snapshot.IsStale && (!former.IsStale || wasBehind))
            RegistryLog.TurnedStale(_logger);
        else if (wasBehind)
            RegistryLog.CaughtUp(_logger);
        else if (former.IsStale && !snapshot.IsStale)
            RegistryLog.TurnedFresh(_logger);
        _metrics.RegistryPublished.Add(1);
        _metrics.RegistryProjected.Add(built.Projected);
        _metrics.RegistryPublishDuration.Record(_time.GetElapsedTime(started).TotalSeconds);
        _metrics.RegistryLag.Record(_time.GetElapsedTime(arrived).TotalSeconds);
        _metrics.RegistryReservedProvided.Record(_builder.Reserved);
        ReportRevision();
        if (isRepair || !former.HasSynced || !ReferenceEquals(former.Pods, snapshot.Pods) || !ReferenceEquals(former.Services, snapshot.Services))
        {
            _counts.Report(snapshot);
            _unreadable.Report();
            _reserved.Report();
        }
    }

    private void ReportRevision()
    {
        foreach (var (kind, name) in KindNames)
        {
            var version = 0UL;
            foreach (var ns in _state.Layout.Namespaces.DefaultIfEmpty(""))
                version = Math.Max(version, _intake.Seen.Part(_state.Layout.IndexOf(kind, ns)).Version);
            _metrics.RegistryRevision.Record((long)version, new KeyValuePair<string, object?>("resource", name));
        }
    }

    private void RaiseConfirmations(BuiltSnapshot built)
    {
        foreach (var id in built.GoneIds)
            _confirmed.Remove(id);
        foreach (var confirmation in built.Confirmations)
        {
            var (id, run) = (confirmation.Record.Id, (confirmation.RestartCount, confirmation.Run));
            if (_confirmed.TryGetValue(id, out var confirmed) && confirmed == run)
                continue;
            ConfirmationNeeded?.Invoke(confirmation);
            _confirmed[id] = run;
        }
    }

    private void OnLeasesChanged(IReadOnlyCollection<string> ids)
    {
        foreach (var id in ids)
            _signalled.Enqueue(id);
        Wake();
    }

    private void OnNoted(string id)
    {
        _posted.Enqueue(id);
        Wake();
    }

    private void OnApplicationsChanged(IReadOnlyCollection<ApplicationName> applications)
    {
        foreach (var application in applications)
            _changedApplications.Enqueue(new ServiceKey(application.Namespace, application.Name));
        Wake();
    }
}
