using Gateway.Core.Diagnostics;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Timing;

namespace Gateway.Core.Consumers;

/// <summary>
/// Who consumed what within a day, as this replica noted it and, with Redis, the others did. Every few seconds, and before each answer, one round finds out
/// who the callers are that lookups noted and counts what they did; one round runs at a time.
/// </summary>
public sealed class ConsumerDirectory : IDisposable
{
    /// <summary>Callers whose token or address is looked at in one round.</summary>
    internal const int MaxJudgements = 50;

    /// <summary>A consumer is forgotten when it was not seen for so long.</summary>
    internal static readonly TimeSpan KeepFor = TimeSpan.FromDays(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // What is not answered by then is asked in a later round; until then an address is all that is known.
    private static readonly TimeSpan JudgedWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(1);

    private readonly ConsumerNotes _notes;
    private readonly ConsumerJudge _judge;
    private readonly TimeProvider _time;
    private readonly SharedConsumers? _shared;
    private readonly ConsumerTable _table;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _rounds;

    public ConsumerDirectory(
        ConsumerNotes notes, ConsumerJudge judge, ConsumerOptions options, TimeProvider time, GatewayMetrics metrics, SharedConsumers? shared = null)
    {
        (_notes, _judge, _time, _shared) = (notes, judge, time, shared);
        _table = new ConsumerTable(options, metrics);
        metrics.ObserveConsumers(() => _table.Count);
    }

    internal int Count => _table.Count;

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var clock = new PeriodicTimer(Interval, _time);
        try
        {
            while (await clock.WaitForNextTickAsync(cancellationToken))
                await RefreshAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What other replicas do not know yet leaves with the exchange.
            Fold();
        }
    }

    /// <summary>The consumers of a service, those of its whole namespace included.</summary>
    public async Task<IReadOnlyList<ConsumerRecord>> OfServiceAsync(ServiceKey service, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var everything = ConsumerKey.EverythingIn(service.Namespace);
        var others = _shared is null ? [] : await _shared.ReadAsync([service, everything]);
        return Merged([.. _table.Of(service), .. _table.Of(everything), .. others]);
    }

    /// <summary>What a pod consumes.</summary>
    public async Task<IReadOnlyList<ConsumerRecord>> OfPodAsync(string ns, string pod, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var others = _shared is null ? [] : await _shared.ReadAsync(ns, pod);
        return Merged([.. _table.OfPod(ns, pod), .. others]);
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Completes when everything is counted that was noted before the call.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (!_notes.IsOn)
            return;
        var before = Interlocked.Read(ref _rounds);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A round that began meanwhile has counted it.
            if (Interlocked.Read(ref _rounds) > before)
                return;
            Interlocked.Increment(ref _rounds);
            await JudgeAsync(cancellationToken);
            Fold();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task JudgeAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetSteadyNow();
        using var limit = new CancellationTokenSource(JudgedWithin, _time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        foreach (var caller in _notes.Callers.Where(caller => caller.MustBeJudged && caller.NotBefore <= now).Take(MaxJudgements).ToList())
        {
            caller.JudgeLater(now + AskAgainAfter);
            try
            {
                var proved = await _judge.ProveAsync(caller.Evidence, ending.Token);
                if (!proved.IsRefused(out _))
                    _notes.Judge(caller, proved.Value);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Fold()
    {
        var now = _time.GetSteadyNow();
        Dictionary<ConsumerCaller, ConsumerPod?> pods = [];
        foreach (var tally in _notes.Tallies)
            Take(tally);
        _notes.Sweep(Take);
        _table.Forget(now - KeepFor);
        _shared?.Publish(_table.TakeChanged(now, _shared.TakeResend()));

        void Take(ConsumerTally tally)
        {
            if (!tally.IsInUse)
                return;
            var caller = tally.Key.Caller;
            if (!pods.TryGetValue(caller, out var pod))
                pods[caller] = caller.Latest = pod = _judge.PodOf(caller);
            _table.Fold(tally, pod, now - _time.GetElapsedTime(tally.SeenAt), now);
        }
    }

    private static List<ConsumerRecord> Merged(List<ConsumerRecord> records)
    {
        Dictionary<ConsumerKey, ConsumerRecord> merged = [];
        foreach (var record in records)
            merged[record.Key] = merged.TryGetValue(record.Key, out var other) ? other.Merge(record) : record;
        return [.. merged.Values];
    }
}
