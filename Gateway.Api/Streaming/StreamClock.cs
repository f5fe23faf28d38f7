using Gateway.Core.Results;
using Gateway.Core.Subscriptions;
using Gateway.Core.Supervision;
using Gateway.Core.Timing;

namespace Gateway.Api.Streaming;

/// <summary>
/// The deadlines of one stream: the next comment, its end, and the next check of its right. One timer wakes the stream at the earliest of
/// them. Used by the stream's own loop.
/// </summary>
internal sealed class StreamClock : IDisposable
{
    private readonly TimeProvider _time;
    private readonly SubscriptionOptions _options;
    private readonly Subscription _subscription;
    private readonly StreamTerms _terms;
    private readonly ITimer _timer;
    private readonly DateTimeOffset _maxAge;
    private readonly DateTimeOffset? _timeout;
    private DateTimeOffset _lastSent;
    private DateTimeOffset _lastCheck;
    private DateTimeOffset? _armedFor;

    // Written by the timer before it wakes the stream.
    private volatile bool _hasFired;

    public StreamClock(LoopSupervisor loops, TimeProvider time, SubscriptionOptions options, Subscription subscription, StreamTerms terms)
    {
        (_time, _options, _subscription, _terms) = (time, options, subscription, terms);
        var now = time.GetSteadyNow();
        // Plus or minus a fifth, so that the streams of a replica do not all end at once.
        _maxAge = now + (options.MaxAge * (0.8 + (0.4 * Random.Shared.NextDouble())));
        _timeout = terms.Timeout is { } timeout ? now + timeout : null;
        (_lastSent, _lastCheck) = (now, now);
        _timer = loops.CreateTimer("stream-clock", static clock => ((StreamClock)clock!).Fire(), this);
    }

    public bool IsTooOld => _time.GetSteadyNow() >= _maxAge;

    public bool IsOver => _time.GetSteadyNow() >= _timeout;

    public bool IsSilent => _time.GetSteadyNow() >= _lastSent + _options.KeepAlive;

    public bool MustRecheck => _terms.RecheckPeriod is { } period && _time.GetSteadyNow() >= _lastCheck + period;

    public void RecordSent() => _lastSent = _time.GetSteadyNow();

    /// <summary>How many checks of the right in a row had no answer.</summary>
    public int Unanswered { get; private set; }

    public void RecordChecked(bool isAnswered)
    {
        _lastCheck = _time.GetSteadyNow();
        Unanswered = isAnswered ? 0 : Unanswered + 1;
    }

    /// <summary>
    /// The timer fires at the earliest deadline or before it: one that is set for an earlier time is not moved with every event; when it fires it is set again.
    /// </summary>
    public void Arm()
    {
        var next = _lastSent + _options.KeepAlive;
        next = Earlier(next, _maxAge);
        next = Earlier(next, _timeout);
        next = Earlier(next, _subscription.Deadline);
        next = Earlier(next, _terms.RecheckPeriod is { } period ? _lastCheck + period : null);
        if (!_hasFired && _armedFor <= next)
            return;
        (_hasFired, _armedFor) = (false, next);
        var wait = next - _time.GetSteadyNow();
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        _hasFired = true;
        _subscription.Wake();
    }

    private static DateTimeOffset Earlier(DateTimeOffset first, DateTimeOffset? second) => second < first ? second.Value : first;
}

/// <summary>How long one stream lasts, and how often its right is checked again.</summary>
/// <param name="Timeout">The client asked for the end after this time; null: no end.</param>
/// <param name="Recheck">Returns null if the caller still has the right; called every <paramref name="RecheckPeriod"/>.</param>
/// <param name="RecheckPeriod">Null: no right is needed.</param>
internal sealed record StreamTerms(TimeSpan? Timeout, Func<CancellationToken, ValueTask<Refusal?>> Recheck, TimeSpan? RecheckPeriod)
{
    /// <summary>No end, and no right is needed.</summary>
    public static readonly StreamTerms Open = new(null, static _ => new((Refusal?)null), null);
}
