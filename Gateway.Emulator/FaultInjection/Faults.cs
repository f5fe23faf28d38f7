using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.FaultInjection;

/// <summary>
/// Everything that goes wrong between a client and an API server, on demand. Armed by tests, looked up by every request; each fault may be
/// narrowed by a filter to one client of several. Nothing is armed at the start.
/// </summary>
public sealed class Faults(ObjectStorage storage)
{
    private readonly RuleList<PreparedAnswer> _answers = new();
    private readonly RuleList<bool> _dropped = new();
    private readonly RuleList<bool> _garbled = new();
    private readonly RuleList<bool> _lost = new();
    private readonly RuleList<string> _denials = new();
    private readonly RuleList<bool> _timeouts = new();
    private readonly RuleList<bool> _refused = new();
    private readonly RuleList<Func<Task>> _deeds = new();
    private readonly Gate _requests = new();
    private readonly Seats _seats = new();
    private readonly Gate _watches = new();
    private volatile int _pieces;

    internal LiveConnections Connections { get; } = new();

    /// <summary>How many watches are connected.</summary>
    public int OpenWatches => Connections.Count(static request => request.IsWatch);

    /// <summary>How many requests are held by <see cref="HoldRequests"/>.</summary>
    public int HeldRequests => _requests.Waiting;

    /// <summary>Breaks the existing watch connections off; new ones are accepted. Returns how many there were.</summary>
    public int CutWatches(Func<ObservedRequest, bool>? filter = null) =>
        Connections.Abort(request => request.IsWatch && (filter is null || filter(request)));

    /// <summary>Watch connections stay open, but their events and bookmarks are held back.</summary>
    public void StallWatches(Func<ObservedRequest, bool>? filter = null) => _watches.Close(filter);

    /// <summary>What was held back is delivered.</summary>
    public void ResumeWatches() => _watches.Open();

    /// <summary>The next events of matching watches are silently not delivered.</summary>
    public void DropEvents(int count, Func<ObservedRequest, bool>? filter = null) => _dropped.Add(filter, count, true);

    /// <summary>The next event of a matching watch arrives as something that is no JSON.</summary>
    public void GarbleNextEvent(Func<ObservedRequest, bool>? filter = null) => _garbled.Add(filter, 1, true);

    /// <summary>Watches are sent in pieces of so many bytes, each flushed by itself; 0 sends frames whole again.</summary>
    public void SplitBytes(int pieces) => _pieces = pieces;

    /// <summary>The next requests that match are answered so and do nothing. <paramref name="retryAfter"/> is in seconds.</summary>
    public void AnswerNext(
        int count, int status, int? retryAfter = null, string? body = null, Func<ObservedRequest, bool>? filter = null) =>
        _answers.Add(filter, count, new PreparedAnswer(status, retryAfter, body));

    /// <summary>
    /// From now on at most so many matching requests (watches aside) are worked on at one time, and more are answered 429 with Retry-After 1, as
    /// a real server's priority and fairness does with a client that floods it.
    /// </summary>
    public void LimitInFlight(int limit, Func<ObservedRequest, bool>? filter = null) => _seats.Limit(limit, filter);

    /// <summary>The most that was ever worked on at one time since <see cref="LimitInFlight"/>.</summary>
    public int MostInFlight => _seats.Most;

    /// <summary>How many were answered 429 since then.</summary>
    public int TurnedAway => _seats.TurnedAway;

    /// <summary>Requests that match wait before anything is done; running watches go on.</summary>
    public void HoldRequests(Func<ObservedRequest, bool>? filter = null) => _requests.Close(filter);

    public void ReleaseRequests() => _requests.Open();

    /// <summary>
    /// Right before the next requests that match are carried out, each waits for this: what another client does between somebody's read and
    /// their write. Its own requests may be made over the wire; they must not match.
    /// </summary>
    public void DoBefore(Func<Task> deed, int count, Func<ObservedRequest, bool> filter) => _deeds.Add(filter, count, deed);

    /// <summary>Breaks off existing connections and every new one before it is answered.</summary>
    public void RefuseConnections(Func<ObservedRequest, bool>? filter = null)
    {
        _refused.Add(filter, int.MaxValue, true);
        Connections.Abort(filter ?? (static _ => true));
    }

    public void AcceptConnections() => _refused.Clear();

    /// <summary>Compacts now: a watch from an older version gets an ERROR event 410, an exact list 410; running watches lose nothing.</summary>
    public void ForgetHistory() => storage.Compact();

    /// <summary>The next writes of pods are refused as an admission webhook refuses: 403 without a reason.</summary>
    public void DenyByWebhook(string message, int count = int.MaxValue, Func<ObservedRequest, bool>? filter = null) =>
        _denials.Add(filter, count, message);

    /// <summary>The next writes of pods fail because an admission webhook did not answer: 500.</summary>
    public void WebhookTimeout(int count = int.MaxValue, Func<ObservedRequest, bool>? filter = null) => _timeouts.Add(filter, count, true);

    /// <summary>Admission webhooks let everything pass again.</summary>
    public void RemoveWebhooks()
    {
        _denials.Clear();
        _timeouts.Clear();
    }

    /// <summary>The next writes are applied, but the connection breaks before their answer.</summary>
    public void LoseResponse(int count = 1, Func<ObservedRequest, bool>? filter = null) => _lost.Add(filter, count, true);

    /// <summary>Disarms everything and lets go of what is held.</summary>
    public void Clear()
    {
        _answers.Clear();
        _deeds.Clear();
        _dropped.Clear();
        _garbled.Clear();
        _lost.Clear();
        _refused.Clear();
        RemoveWebhooks();
        _pieces = 0;
        _seats.Limit(int.MaxValue, null);
        _requests.Open();
        _watches.Open();
    }

    internal int Pieces => _pieces;

    internal bool TrySit(ObservedRequest request, out bool isSeated) => _seats.TrySit(request, out isSeated);

    internal void Rise() => _seats.Rise();

    internal bool Refuses(ObservedRequest request) => _refused.TryTake(request, out _);

    internal PreparedAnswer? AnswerFor(ObservedRequest request) => _answers.TryTake(request, out var answer) ? answer : null;

    internal ValueTask HoldAsync(ObservedRequest request, CancellationToken cancellation) => _requests.PassAsync(request, cancellation);

    internal Task DoneBefore(ObservedRequest request) => _deeds.TryTake(request, out var deed) ? deed() : Task.CompletedTask;

    internal ValueTask StallAsync(ObservedRequest request, CancellationToken cancellation) => _watches.PassAsync(request, cancellation);

    internal bool Drops(ObservedRequest request) => _dropped.TryTake(request, out _);

    internal bool Garbles(ObservedRequest request) => _garbled.TryTake(request, out _);

    internal bool Loses(ObservedRequest request) => _lost.TryTake(request, out _);

    internal string? DeniesWith(ObservedRequest request) => _denials.TryTake(request, out var message) ? message : null;

    internal bool TimesOut(ObservedRequest request) => _timeouts.TryTake(request, out _);
}
