using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.FaultInjection;

/// <summary>
/// Faults between a client and an API server, on demand. Tests arm them, every request looks them up; a filter restricts a fault to one of
/// several clients. Nothing is armed at the start.
/// </summary>
public sealed class Faults(ObjectStorage storage)
{
    private readonly RuleList<PreparedAnswer> _answers = new();
    private readonly RuleList<bool> _dropped = new();
    private readonly RuleList<bool> _garbled = new();
    private readonly RuleList<bool> _repeated = new();
    private readonly RuleList<bool> _late = new();
    private readonly RuleList<bool> _lost = new();
    private readonly RuleList<string> _denials = new();
    private readonly RuleList<bool> _timeouts = new();
    private readonly RuleList<bool> _refused = new();
    private readonly RuleList<Func<Task>> _actions = new();
    private readonly Gate _requests = new();
    private readonly Seats _seats = new();
    private readonly Gate _watches = new();
    private volatile int _pieces;

    internal LiveConnections Connections { get; } = new();

    /// <summary>The number of open watches.</summary>
    public int OpenWatches => Connections.Count(static request => request.IsWatch);

    /// <summary>The number of requests that <see cref="HoldRequests"/> holds.</summary>
    public int HeldRequests => _requests.Waiting;

    /// <summary>Aborts the open watch connections; new ones are accepted. Returns how many there were.</summary>
    public int CutWatches(Func<ObservedRequest, bool>? filter = null) =>
        Connections.Abort(request => request.IsWatch && (filter is null || filter(request)));

    /// <summary>Watch connections stay open, but their events and bookmarks are held back.</summary>
    public void StallWatches(Func<ObservedRequest, bool>? filter = null) => _watches.Close(filter);

    /// <summary>Delivers what <see cref="StallWatches"/> held back.</summary>
    public void ResumeWatches() => _watches.Open();

    /// <summary>The next events of matching watches are lost without an error.</summary>
    public void DropEvents(int count, Func<ObservedRequest, bool>? filter = null) => _dropped.Add(filter, count, true);

    /// <summary>The next event of a matching watch is sent as invalid JSON.</summary>
    public void GarbleNextEvent(Func<ObservedRequest, bool>? filter = null) => _garbled.Add(filter, 1, true);

    /// <summary>The next events of matching watches are sent twice.</summary>
    public void RepeatEvents(int count, Func<ObservedRequest, bool>? filter = null) => _repeated.Add(filter, count, true);

    /// <summary>The next event of a matching watch is sent after the one that follows it.</summary>
    public void DelayNextEvent(Func<ObservedRequest, bool>? filter = null) => _late.Add(filter, 1, true);

    /// <summary>Watch data is sent in pieces of this many bytes, each flushed separately; 0 sends whole frames again.</summary>
    public void SplitBytes(int pieces) => _pieces = pieces;

    /// <summary>The next matching requests get this answer and change nothing. <paramref name="retryAfter"/> is in seconds.</summary>
    public void AnswerNext(
        int count, int status, int? retryAfter = null, string? body = null, Func<ObservedRequest, bool>? filter = null) =>
        _answers.Add(filter, count, new PreparedAnswer(status, retryAfter, body));

    /// <summary>
    /// From now on at most this many matching requests (watches excepted) run at one time. Further ones are answered 429 with Retry-After
    /// 1, as API priority and fairness of a real server does for a client that floods it.
    /// </summary>
    public void LimitInFlight(int limit, Func<ObservedRequest, bool>? filter = null) => _seats.Limit(limit, filter);

    /// <summary>The highest number of requests that ran at one time since <see cref="LimitInFlight"/>.</summary>
    public int MostInFlight => _seats.Most;

    /// <summary>How many requests were answered 429 since <see cref="LimitInFlight"/>.</summary>
    public int Throttled => _seats.Throttled;

    /// <summary>Matching requests wait before anything is done; open watches continue.</summary>
    public void HoldRequests(Func<ObservedRequest, bool>? filter = null) => _requests.Close(filter);

    public void ReleaseRequests() => _requests.Open();

    /// <summary>
    /// Runs before each of the next matching requests is carried out, and the request waits for it: what another client does between the
    /// read and the write of the client under test. The requests that it sends itself must not match.
    /// </summary>
    public void DoBefore(Func<Task> action, int count, Func<ObservedRequest, bool> filter) => _actions.Add(filter, count, action);

    /// <summary>Aborts open connections, and every new one before it is answered.</summary>
    public void RefuseConnections(Func<ObservedRequest, bool>? filter = null)
    {
        _refused.Add(filter, int.MaxValue, true);
        Connections.Abort(filter ?? (static _ => true));
    }

    public void AcceptConnections() => _refused.Clear();

    /// <summary>
    /// Compacts now: a watch from an older version gets an ERROR event 410, an exact list 410; open watches lose nothing.
    /// </summary>
    public void ForgetHistory() => storage.Compact();

    /// <summary>The next writes of pods are refused as an admission webhook refuses them: 403 without a reason.</summary>
    public void DenyByWebhook(string message, int count = int.MaxValue, Func<ObservedRequest, bool>? filter = null) =>
        _denials.Add(filter, count, message);

    /// <summary>The next writes of pods fail because an admission webhook did not answer: 500.</summary>
    public void WebhookTimeout(int count = int.MaxValue, Func<ObservedRequest, bool>? filter = null) => _timeouts.Add(filter, count, true);

    /// <summary>Admission webhooks allow everything again.</summary>
    public void RemoveWebhooks()
    {
        _denials.Clear();
        _timeouts.Clear();
    }

    /// <summary>The next writes are applied, but the connection is aborted before their answer.</summary>
    public void LoseResponse(int count = 1, Func<ObservedRequest, bool>? filter = null) => _lost.Add(filter, count, true);

    /// <summary>Disarms all faults and releases what is held.</summary>
    public void Clear()
    {
        _answers.Clear();
        _actions.Clear();
        _dropped.Clear();
        _garbled.Clear();
        _repeated.Clear();
        _late.Clear();
        _lost.Clear();
        _refused.Clear();
        RemoveWebhooks();
        _pieces = 0;
        _seats.Limit(int.MaxValue, null);
        _requests.Open();
        _watches.Open();
    }

    internal int Pieces => _pieces;

    internal bool TryEnter(ObservedRequest request, out bool isCounted) => _seats.TryEnter(request, out isCounted);

    internal void Leave() => _seats.Leave();

    internal bool Refuses(ObservedRequest request) => _refused.TryTake(request, out _);

    internal PreparedAnswer? AnswerFor(ObservedRequest request) => _answers.TryTake(request, out var answer) ? answer : null;

    internal ValueTask HoldAsync(ObservedRequest request, CancellationToken cancellationToken) => _requests.PassAsync(request, cancellationToken);

    internal Task RunBeforeAsync(ObservedRequest request) => _actions.TryTake(request, out var action) ? action() : Task.CompletedTask;

    internal ValueTask StallAsync(ObservedRequest request, CancellationToken cancellationToken) => _watches.PassAsync(request, cancellationToken);

    internal bool Drops(ObservedRequest request) => _dropped.TryTake(request, out _);

    internal bool Garbles(ObservedRequest request) => _garbled.TryTake(request, out _);

    internal bool Repeats(ObservedRequest request) => _repeated.TryTake(request, out _);

    internal bool Delays(ObservedRequest request) => _late.TryTake(request, out _);

    internal bool Loses(ObservedRequest request) => _lost.TryTake(request, out _);

    internal string? DeniesWith(ObservedRequest request) => _denials.TryTake(request, out var message) ? message : null;

    internal bool TimesOut(ObservedRequest request) => _timeouts.TryTake(request, out _);
}
