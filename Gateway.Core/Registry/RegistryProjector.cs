using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Core.Annotations;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry;

/// <summary>
/// Folds what changed in the cluster into the next snapshot: drains every feed (objects exactly as of one version a kind), projects the
/// services that are concerned again, publishes, then lets everyone know. One loop; it alone writes <see cref="RegistryState"/>.
/// </summary>
public sealed partial class RegistryProjector
{
    private readonly ClusterCache _cache;
    private readonly PodRecordReader _reader;
    private readonly RegistryState _state;
    private readonly ILeaseStore _leases;
    private readonly IPostLog _posts;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger<RegistryProjector> _logger;
    private readonly InstanceProjection _projection;
    private readonly ProjectorIndex _index = new();
    private readonly SnapshotBuilder _builder;
    private readonly List<RevisionPart> _parts = [];

    // Signals only: of capacity one, so a thousand of them are one look.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private HashSet<string> _touched = new(StringComparer.Ordinal);

    public RegistryProjector(
        ClusterCache cache, PodRecordReader reader, RegistryState state, ILeaseStore leases, IPostLog posts, GatewayMetrics metrics,
        ILogger<RegistryProjector> logger)
    {
        (_cache, _reader, _state, _leases, _posts, _metrics, _logger) = (cache, reader, state, leases, posts, metrics, logger);
        _projection = new InstanceProjection(leases, posts);

        // 0 means "no local part".
        _builder = new SnapshotBuilder(state.Layout, (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));
        cache.Changed += Wake;
        cache.ConditionChanged += Wake;
        leases.Changed += Touch;
        posts.Noted += id => Touch([id]);
    }

    /// <summary>Raised after the snapshot was published that only the post log explains; on the projector's loop, handlers only signal.</summary>
    public event Action<RunConfirmation>? ConfirmationNeeded;

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Wake();
        try
        {
            while (await _wake.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // Taken before the look, so that a signal during it is another look.
                _wake.Reader.TryRead(out _);
                Look();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>One look at all that changed; publishes if anything did, even if only a version advanced or the API server was lost.</summary>
    internal void Look()
    {
        // Read first: the feeds drained below hold at least what these say.
        var (hasSynced, isStale) = (_cache.HasSynced, _cache.IsLost);
        var started = Stopwatch.GetTimestamp();
        Drain();
        if (!hasSynced)
            return;

        var current = _state.Current;
        if (current.HasSynced && current.IsStale == isStale && _index.Dirty.Count == 0 && !AnyPartIsNew())
            return;

        _builder.Begin(_parts);
        var changed = new List<ServiceKey>();
        var confirmations = new List<RunConfirmation>();
        foreach (var key in _index.Dirty)
        {
            var inputs = _index.InputsOf(key);
            var projected = _projection.Project(inputs);
            confirmations.AddRange(projected.Confirmations);
            if (_builder.Put(key, projected, FallbackReading.Of(inputs.Service)))
                changed.Add(key);
        }

        _metrics.ServicesProjected.Add(_index.Dirty.Count);
        _index.Dirty.Clear();
        _state.Publish(_builder.Seal(isStale), changed);
        _metrics.PublishDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        if (!current.HasSynced)
            LogSynced(_state.Current.Services.Count, _state.Current.Instances.Count, _state.Current.Pods.Count);
        foreach (var confirmation in confirmations)
            ConfirmationNeeded?.Invoke(confirmation);
    }

    private bool AnyPartIsNew() => _parts.Exists(part => part.IsAfter(_builder.Revision.Part(part.Index)));

    private void Drain()
    {
        _parts.Clear();
        var layout = _state.Layout;

        // Nodes first: their zones are there when pods are projected for the first time.
        if (_cache.Nodes is { } nodes)
            Drain(nodes, layout.IndexOf(WatchedKind.Nodes, ""), (key, node) => _index.PutNode(key.Name, node));
        foreach (var scope in _cache.ServiceScopes)
            Drain(scope, layout.IndexOf(WatchedKind.Services, scope.Namespace), _index.Put);
        foreach (var scope in _cache.SliceScopes)
            Drain(scope, layout.IndexOf(WatchedKind.Slices, scope.Namespace), (key, slice) => _index.Put(key, slice is null ? [] : [slice]));
        foreach (var scope in _cache.EndpointsScopes)
            Drain(scope, layout.IndexOf(WatchedKind.Slices, scope.Namespace), (key, endpoints) => _index.Put(key, [.. endpoints?.Slices ?? []]));
        foreach (var scope in _cache.PodScopes)
            Drain(scope, layout.IndexOf(WatchedKind.Pods, scope.Namespace), PutPod);

        HashSet<string> touched;
        lock (_gate)
            (touched, _touched) = (_touched, new HashSet<string>(StringComparer.Ordinal));
        foreach (var id in touched)
        {
            if (_builder.FindInstance(id) is { } instance)
                _index.Dirty.Add(instance.Service);
        }
    }

    private void Drain<T>(Informer<T> informer, int part, Action<ObjectKey, T?> put)
        where T : class, IKubernetesObject
    {
        var batch = informer.Store.Drain();
        foreach (var (key, value) in batch.Changes)
            put(key, value);
        if (batch.HasSynced && part >= 0)
            _parts.Add(new RevisionPart(part, batch.History, batch.Version));
    }

    private void PutPod(ObjectKey key, Pod? pod)
    {
        var entry = pod is null ? null : new PodEntry(pod, _reader.Read(pod));
        var former = _index.Put(key, entry);
        _builder.Put(key, entry);
        Follow(former, entry);
        Report(former, entry);
    }

    /// <summary>Leases begin when a registration is first seen and end with it; so does what is remembered of its POSTs.</summary>
    private void Follow(PodEntry? former, PodEntry? entry)
    {
        foreach (var record in entry?.Records.Registrations ?? [])
        {
            if (record.Ttl is { } ttl)
                _leases.Expect(record.Id, TimeSpan.FromSeconds(ttl));
            if (_posts.LastPost(record.Id) <= record.PostedAt)
                _posts.Forget(record.Id);
        }

        foreach (var record in former?.Records.Registrations ?? [])
        {
            if (entry?.Records.Registrations.Any(kept => kept.Id == record.Id) == true)
                continue;
            _leases.Forget(record.Id);
            _posts.Forget(record.Id);
        }
    }

    private void Report(PodEntry? former, PodEntry? entry)
    {
        foreach (var record in former?.Records.Unreadable ?? [])
            _metrics.UnreadableRecords.Add(-1, new KeyValuePair<string, object?>("source", InstanceSourceNames.NameOf(record.Source)));
        foreach (var record in entry?.Records.Unreadable ?? [])
        {
            _metrics.UnreadableRecords.Add(1, new KeyValuePair<string, object?>("source", InstanceSourceNames.NameOf(record.Source)));
            if (former?.Records.Unreadable.Contains(record) != true)
                LogUnreadable(entry!.Pod.Metadata.Key, record.AnnotationKey, record.Reason);
        }
    }

    private void Touch(IReadOnlyCollection<string> ids)
    {
        lock (_gate)
            _touched.UnionWith(ids);
        Wake();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    [LoggerMessage(1500, LogLevel.Information, "The cluster is known: {Services} services with {Instances} instances, {Pods} pods")]
    private partial void LogSynced(int services, int instances, int pods);

    [LoggerMessage(1501, LogLevel.Information, "Pod {Pod}: annotation {Key} holds a record that cannot be read: {Reason}. Its other records are used")]
    private partial void LogUnreadable(ObjectKey pod, string key, string reason);
}
