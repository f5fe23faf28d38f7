using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Core.Annotations;
using Gateway.Core.Applications;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Mapping;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry;

/// <summary>
/// Folds every change of the cluster, of leases and of POSTs into the next snapshot: one loop, the only writer of <see cref="RegistryState"/>.
/// Anyone wakes it; a thousand changes of one service between two rounds are one projection.
/// </summary>
public sealed class RegistryProjector : IDisposable
{
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
    private readonly InstanceCounts _counts;
    private readonly SnapshotBuilder _builder;
    private readonly RestoredObjects _restored;
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly ConcurrentQueue<string> _signalled = new();
    private readonly ConcurrentQueue<ServiceKey> _said = new();
    private readonly Dictionary<string, int> _confirmed = new(StringComparer.Ordinal);

    // Zero would mean no local part.
    private readonly uint _replica = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))) | 1;
    private Revision _seen;
    private long _arrived;
    private SavedRegistry? _offered;
    private IReadOnlyList<RevisionPart>? _histories;

    public RegistryProjector(
        RegistryState state, RegistryFeeds feeds, PodRecordReader reader, ILeaseStore leases, IPostLog posts, GatewayMetrics metrics,
        ILogger<RegistryProjector> logger, TimeProvider time, NameMapping? mapping = null, IApplicationStore? applications = null)
    {
        (_state, _feeds, _leases, _posts, _metrics, _logger, _time) = (state, feeds, leases, posts, metrics, logger, time);
        _unreadable = new UnreadableRecords(metrics, logger);
        _counts = new InstanceCounts(metrics);
        _applications = applications ?? new MemoryApplicationStore(new(), time);
        _index = new RegistryIndex(
            reader, leases, posts, _unreadable, new ServiceOrigins(mapping ?? new NameMapping(new(), new()), _applications, metrics, logger));
        _builder = new SnapshotBuilder(state.Layout, new InstanceProjection(leases, posts), _index, _counts);
        _restored = new RestoredObjects(state.Layout);
        _seen = Revision.Empty(state.Layout);
        _leases.Changed += OnLeasesChanged;
        _posts.Noted += OnNoted;
        _applications.Changed += OnApplicationsChanged;
    }

    /// <summary>
    /// Raised, after publishing, for a registration that only the post log keeps UP; once for each run of its container. Handlers only signal.
    /// </summary>
    public event Action<RunConfirmation>? ConfirmationNeeded;

    /// <summary>Raised, after publishing, with the pods that came, changed or went. Handlers only signal.</summary>
    public event Action<IReadOnlyCollection<ObjectKey>>? PodsChanged;

    /// <summary>Something may have changed: there will be a round after this. Never blocks.</summary>
    public void Wake()
    {
        Interlocked.CompareExchange(ref _arrived, _time.GetTimestamp(), 0);
        _wake.Writer.TryWrite(true);
    }

    /// <summary>
    /// Served, as stale, until the first lists have come; without effect after that. What they do not hold any more is gone then.
    /// </summary>
    public void Offer(SavedRegistry saved)
    {
        Volatile.Write(ref _offered, saved);
        Wake();
    }

    /// <summary>
    /// Other replicas count these histories (versions do not matter): where they have lived through more of them, this one counts on from there.
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

    /// <summary>Runs until cancelled. A fault of the projection ends it loudly: a registry that stands still must not look alive.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Wake();
            while (await _wake.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // The signal is taken before the feeds are: what comes in after that wakes the next round.
                _wake.Reader.TryRead(out _);
                Fold();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One round: takes everything that is pending and publishes what follows. False when nothing did.</summary>
    internal bool Fold()
    {
        var started = _time.GetTimestamp();
        var arrived = Interlocked.Exchange(ref _arrived, 0);
        var signalled = TakeSignalled();

        // Asked before draining: once it is true, all that the first lists brought stands in the feeds.
        var hasSynced = _feeds.HasSynced();
        var isStale = _feeds.IsLost();

        // Without the API server a caller cannot be recognised, so a heartbeat may be missing that was sent.
        _leases.Freeze(isStale);
        hasSynced &= Drain();
        var former = _state.Current;
        var offered = Interlocked.Exchange(ref _offered, null);
        if (!hasSynced && !former.HasSynced)
        {
            if (offered is null)
                return false;
            Restore(offered);
        }

        // Restored, and not yet replaced by what the cluster says.
        isStale |= !hasSynced;

        foreach (var part in Interlocked.Exchange(ref _histories, null) ?? [])
            RaiseHistory(part.Index, part.History);
        Touch(former, signalled);
        while (_said.TryDequeue(out var application))
            _index.Touched.Add(application);
        if (_builder.Build(former, _seen, _replica, isStale) is not { } built)
            return false;
        _state.Publish(built.Snapshot, built.Changed);
        Report(former, built, started, arrived == 0 ? started : arrived);
        RaiseConfirmations(built);
        if (built.ChangedPods.Count > 0)
            PodsChanged?.Invoke(built.ChangedPods);
        return true;
    }

    private void RaiseHistory(int index, uint history)
    {
        var seen = _seen.Part(index);
        if (seen.Version == 0 || seen.History >= history)
            return;
        _restored.RaiseHistory(index, history - seen.History);
        _seen = _seen.Raise(seen with { History = history });
    }

    private void Restore(SavedRegistry saved)
    {
        _index.TakeNodes(_restored.Take(WatchedKind.Nodes, saved.Nodes));
        _index.TakePods(_restored.Take(WatchedKind.Pods, saved.Pods));
        _index.TakeServices(_restored.Take(WatchedKind.Services, saved.Services));
        if (_feeds.Slices.IsEmpty)
            _index.TakeEndpoints(_restored.Take(WatchedKind.Slices, saved.Endpoints));
        else
            _index.TakeSlices(_restored.Take(WatchedKind.Slices, saved.Slices));
        if (!Revision.TryParse(saved.Revision, out var revision) || revision.Layout != _state.Layout.Fingerprint)
            return;
        foreach (var part in revision.Parts.Where(part => _restored.IsAwaiting(part.Index)))
            _seen = _seen.Raise(part);
    }

    private List<string> TakeSignalled()
    {
        List<string> ids = [];
        while (_signalled.TryDequeue(out var id))
            ids.Add(id);
        return ids;
    }

    // An id that no instance has was not folded yet, and will be projected with what its lease says then.
    private void Touch(RegistrySnapshot former, List<string> signalled)
    {
        foreach (var id in signalled)
        {
            if (former.Instances.TryGetValue(id, out var instance))
                _index.Touched.Add(instance.Service);
        }
    }

    private bool Drain()
    {
        // A short-circuit would leave feeds standing.
        var pods = Drain(WatchedKind.Pods, _feeds.Pods, _index.TakePods);
        var services = Drain(WatchedKind.Services, _feeds.Services, _index.TakeServices);
        var slices = Drain(WatchedKind.Slices, _feeds.Slices, _index.TakeSlices);
        var endpoints = Drain(WatchedKind.Slices, _feeds.Endpoints, _index.TakeEndpoints);
        if (_feeds.Nodes is { } nodes)
            Drain(WatchedKind.Nodes, "", nodes, _index.TakeNodes);
        return pods & services & slices & endpoints;
    }

    private bool Drain<T>(WatchedKind kind, ImmutableArray<ScopedFeed<T>> scopes, Action<IReadOnlyDictionary<ObjectKey, T?>> take)
        where T : class, IKubernetesObject
    {
        var hasSynced = true;
        foreach (var scope in scopes)
            hasSynced &= Drain(kind, scope.Namespace, scope.Feed, take);
        return hasSynced;
    }

    private bool Drain<T>(WatchedKind kind, string @namespace, IChangeFeed<T> feed, Action<IReadOnlyDictionary<ObjectKey, T?>> take)
        where T : class, IKubernetesObject
    {
        var index = _state.Layout.IndexOf(kind, @namespace);
        var batch = _restored.Replace(index, feed.Drain(), _seen.Part(index));
        take(batch.Changes);
        var part = new RevisionPart(index, batch.History, batch.Version);
        if (batch.History > _seen.Part(part.Index).History)
            RegistryLog.HistoryReplaced(_logger, kind);
        _seen = _seen.Raise(part);
        return batch.HasSynced;
    }

    private void Report(RegistrySnapshot former, BuiltSnapshot built, long started, long arrived)
    {
        var snapshot = built.Snapshot;
        if (!former.HasSynced)
            RegistryLog.Synced(_logger, snapshot.Services.Count, snapshot.Instances.Count, snapshot.Pods.Count);
        if (snapshot.IsStale && !former.IsStale)
            RegistryLog.TurnedStale(_logger);
        else if (former.IsStale && !snapshot.IsStale)
            RegistryLog.TurnedFresh(_logger);
        _metrics.RegistryPublished.Add(1);
        _metrics.RegistryProjected.Add(built.Projected);
        _metrics.RegistryPublishDuration.Record(_time.GetElapsedTime(started).TotalSeconds);
        _metrics.RegistryLag.Record(_time.GetElapsedTime(arrived).TotalSeconds);
        ReportRevision();
        if (!former.HasSynced || !ReferenceEquals(former.Pods, snapshot.Pods) || !ReferenceEquals(former.Services, snapshot.Services))
        {
            _counts.Report(snapshot);
            _unreadable.Report();
        }
    }

    private void ReportRevision()
    {
        foreach (var (kind, name) in KindNames)
        {
            var version = 0UL;
            foreach (var ns in _state.Layout.Namespaces.DefaultIfEmpty(""))
                version = Math.Max(version, _seen.Part(_state.Layout.IndexOf(kind, ns)).Version);
            _metrics.RegistryRevision.Record((long)version, new KeyValuePair<string, object?>("resource", name));
        }
    }

    private void RaiseConfirmations(BuiltSnapshot built)
    {
        foreach (var id in built.GoneIds)
            _confirmed.Remove(id);
        foreach (var confirmation in built.Confirmations)
        {
            var id = confirmation.Record.Id;
            if (_confirmed.GetValueOrDefault(id, -1) >= confirmation.RestartCount)
                continue;
            _confirmed[id] = confirmation.RestartCount;
            ConfirmationNeeded?.Invoke(confirmation);
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
        _signalled.Enqueue(id);
        Wake();
    }

    private void OnApplicationsChanged(IReadOnlyCollection<ApplicationName> applications)
    {
        foreach (var application in applications)
            _said.Enqueue(new ServiceKey(application.Namespace, application.Name));
        Wake();
    }
}
