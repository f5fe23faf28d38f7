using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Diagnostics;
using Gateway.Core.Election;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Results;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Corrects the mirrors of all pods when no call does: after another client's change, a new or changed address, the end of a pod, a mirror that
/// was enabled or disabled. Only the leader does. A correction names the version that it was planned from, so a second leader by mistake
/// would find nothing to correct. Its own loop writes the state, except the set of changed pods, which the projector's thread fills.
/// </summary>
public sealed partial class MirrorRepair
{
    private const string Caller = "gateway";
    private const int InFlight = 8;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly ILeadership _election;
    private readonly RegistryState _registry;
    private readonly IClusterView _cluster;
    private readonly MirrorSettings _settings;
    private readonly PodPlanner _planner;
    private readonly PodAnnotationWriter _writer;
    private readonly RegistrationOptions _options;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly MirrorReport _report;
    private readonly Lock _gate = new();
    private HashSet<ObjectKey> _changed = [];
    private readonly Dictionary<ObjectKey, RepairPace> _paces = [];
    private readonly HashSet<ObjectKey> _waiting = [];
    private readonly Dictionary<string, ImmutableArray<string>> _namespaces = new(StringComparer.Ordinal);
    private int? _term;

    // A pass that failed has taken changed pods from the set without comparing all of them.
    private bool _isBroken;

    public MirrorRepair(
        ILeadership election, RegistryState registry, IClusterView cluster, MirrorSettings settings, PodPlanner planner, PodAnnotationWriter writer,
        RegistrationOptions options, TimeProvider time, GatewayMetrics metrics, ILogger<MirrorRepair> logger)
    {
        (_election, _registry, _cluster, _settings, _planner, _writer) = (election, registry, cluster, settings, planner, writer);
        (_options, _time, _metrics, _logger) = (options, time, metrics, logger);
        _report = new MirrorReport(metrics, logger);
    }

    /// <summary>Called on the projector's thread after it has published. A replica that does not lead checks all pods once it does.</summary>
    public void See(IReadOnlyCollection<ObjectKey> pods)
    {
        if (_election.CurrentTerm is null)
            return;
        lock (_gate)
            _changed.UnionWith(pods);
    }

    /// <summary>Corrects mirrors periodically until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(PollInterval, _time);
            while (await clock.WaitForNextTickAsync(cancellationToken))
                await RepairAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One pass; returns how many pods were written.</summary>
    internal async Task<int> RepairAsync(CancellationToken cancellationToken)
    {
        if (!_cluster.HasSynced || _registry.Current.IsStale || !Leads())
            return 0;

        _isBroken = true;

        // The changed pods are taken before the snapshot is read, so the snapshot contains at least those changes.
        var changed = TakeChanged();
        var snapshot = _registry.Current;
        foreach (var key in changed)
            QueueIfDifferent(snapshot, key);
        foreach (var ns in ChangedNamespaces())
        {
            foreach (var key in snapshot.Pods.Keys.Where(key => key.Namespace == ns))
                QueueIfDifferent(snapshot, key);
        }

        var now = _time.GetSteadyNow();
        _waiting.RemoveWhere(key => !snapshot.Pods.ContainsKey(key));
        var due = _waiting.Where(key => _paces.GetValueOrDefault(key) is not { } pace || pace.NotBefore <= now)
            .Take(Math.Max(1, (int)(_options.MirrorRepairsPerSecond * PollInterval.TotalSeconds))).ToList();
        var written = await WriteAsync(snapshot, due, cancellationToken);
        foreach (var key in _paces.Where(pace => pace.Value.IsForgotten(now)).Select(static pace => pace.Key).ToList())
            _paces.Remove(key);
        _report.Publish(_waiting.Count);
        _isBroken = false;
        return written;
    }

    /// <summary>Whether this replica leads. A new term begins with a check of every pod, since earlier changes were not collected; so does a pass after one that failed.</summary>
    private bool Leads()
    {
        var term = _election.CurrentTerm;
        if (term == _term && !_isBroken)
            return term is not null;
        if (term != _term)
            _paces.Clear();
        _term = term;
        _waiting.Clear();
        _namespaces.Clear();
        _report.Clear();
        if (term is null)
        {
            _isBroken = false;
            return false;
        }

        lock (_gate)
            _changed.UnionWith(_registry.Current.Pods.Keys);
        return true;
    }

    private HashSet<ObjectKey> TakeChanged()
    {
        lock (_gate)
        {
            var changed = _changed;
            _changed = [];
            return changed;
        }
    }

    /// <summary>Namespaces with relevant pods whose own mirrors differ from before.</summary>
    private List<string> ChangedNamespaces()
    {
        var changed = new List<string>();
        foreach (var (ns, before) in _namespaces)
        {
            if (!_settings.Of(ns).AsSpan().SequenceEqual(before.AsSpan()))
                changed.Add(ns);
        }

        foreach (var ns in changed)
            _namespaces[ns] = _settings.Of(ns);
        return changed;
    }

    /// <summary>Queues the pod if its mirrors, as this replica knows it, differ from its registrations.</summary>
    private void QueueIfDifferent(RegistrySnapshot snapshot, ObjectKey key)
    {
        _waiting.Remove(key);
        if (!snapshot.Pods.TryGetValue(key, out var entry))
        {
            _paces.Remove(key);
            _report.Forget(key);
            return;
        }

        // Read before the plan is made: a setting that changes in between is noticed in the next pass.
        if (_settings.MayConcern(entry.Pod))
            _namespaces.TryAdd(key.Namespace, _settings.Of(key.Namespace));
        if (!_settings.Concern(entry.Pod))
        {
            _report.Forget(key);
            return;
        }

        var plan = _planner.Plan(entry.Pod, [], isRepeated: false, leaveMirrorsOut: null);
        if (plan.IsEmpty)
            _report.Put(key, plan.Mirrors);
        else
            _waiting.Add(key);
    }

    private async Task<int> WriteAsync(RegistrySnapshot snapshot, List<ObjectKey> due, CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var together in due.Chunk(InFlight))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_election.CurrentTerm != _term)
                break;
            foreach (var key in together)
                _waiting.Remove(key);
            var results = await Task.WhenAll(together.Select(key => WriteAsync(snapshot.Pods[key].Pod, cancellationToken)));
            for (var i = 0; i < together.Length; i++)
                written += Record(together[i], results[i]) ? 1 : 0;
        }

        return written;
    }

    private Task<Result<PodWrite<object>>> WriteAsync(Pod pod, CancellationToken cancellationToken) =>
        _writer.WriteAsync(pod, Caller, static (_, _) => new PodEdit<object> { Result = NoKeys }, cancellationToken, evenIfFinished: true);

    private static readonly object NoKeys = new();

    /// <summary>True: it was written. A failed correction is queued again.</summary>
    private bool Record(ObjectKey key, Result<PodWrite<object>> done)
    {
        var now = _time.GetSteadyNow();
        if (done.IsRefused(out var refusal))
        {
            if (refusal.Code == RefusalCodes.PodGone)
            {
                Count("gone");
                return false;
            }

            Count("unavailable");
            PaceOf(key).Failed(now);
            _waiting.Add(key);
            NotRepaired(_logger, key, refusal.Code, PaceOf(key).NotBefore - now);
            return false;
        }

        var patch = done.Value.Patch;
        _report.Put(key, patch.Mirrors);
        var kept = patch.Mirrors.SelectMany(static plan => plan.States.Values)
            .FirstOrDefault(static state => state.Cause is MirrorCauses.Refused or MirrorCauses.Contended);
        if (kept is not null)
        {
            Count("left-out");
            if (kept.Cause == MirrorCauses.Refused)
                PaceOf(key).Refused(now);
            else
                PaceOf(key).Failed(now);
            _waiting.Add(key);
            NotRepaired(_logger, key, kept.Cause!, PaceOf(key).NotBefore - now);
            return false;
        }

        Count(patch.IsEmpty ? "unchanged" : "written");
        if (patch.IsEmpty)
            return false;
        PaceOf(key).Wrote(now);
        Repaired(_logger, key, done.Value.Pod.Metadata.Version);
        return true;
    }

    private RepairPace PaceOf(ObjectKey key)
    {
        if (!_paces.TryGetValue(key, out var pace))
            _paces[key] = pace = new RepairPace(_time);
        return pace;
    }

    private void Count(string result) => _metrics.MirrorRepairs.Add(1, new KeyValuePair<string, object?>("result", result));

    [LoggerMessage(1641, LogLevel.Information, "The mirrors of pod {Pod} differed from its registrations and were corrected; version {Version}")]
    private static partial void Repaired(ILogger logger, ObjectKey pod, ulong version);

    [LoggerMessage(1642, LogLevel.Warning, "The mirrors of pod {Pod} could not be written ({Code}); retried in {After}")]
    private static partial void NotRepaired(ILogger logger, ObjectKey pod, string code, TimeSpan after);
}

/// <summary>
/// How often one pod's mirrors are corrected: the first times at once, then less and less often while another client keeps changing them; from
/// the beginning after a calm period. Used by the repair's loop alone.
/// </summary>
internal sealed class RepairPace(TimeProvider time)
{
    private const int FreeRepairs = 3;

    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(10);

    // Without a random part: one replica corrects, and it spreads its writes itself.
    private static readonly BackoffDelays OfRepairs = new(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5)) { Most = 1 };

    // Only a change of the cluster's policy helps.
    private static readonly BackoffDelays OfRefusals = new(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)) { Most = 1 };

    private readonly Backoff _repairs = new(OfRepairs, time);
    private readonly Backoff _failures = new(OfRepairs, time);
    private readonly Backoff _refusals = new(OfRefusals, time);
    private int _written;

    /// <summary>The mirrors are not written before this time.</summary>
    public DateTimeOffset NotBefore { get; private set; }

    /// <summary>Whether the calm period has passed, so earlier corrections no longer count.</summary>
    public bool IsForgotten(DateTimeOffset now) => now >= NotBefore + Calm;

    /// <summary>The mirrors were written.</summary>
    public void Wrote(DateTimeOffset now)
    {
        _failures.Reset();
        _refusals.Reset();
        NotBefore = now + (++_written < FreeRepairs ? TimeSpan.Zero : _repairs.Next());
    }

    /// <summary>The write failed for a temporary reason.</summary>
    public void Failed(DateTimeOffset now) => NotBefore = now + _failures.Next();

    /// <summary>The cluster refused the write.</summary>
    public void Refused(DateTimeOffset now) => NotBefore = now + _refusals.Next();
}
