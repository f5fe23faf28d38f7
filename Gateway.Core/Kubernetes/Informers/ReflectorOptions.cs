using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>Times and sizes of lists and watches. The defaults are client-go's where it has one.</summary>
public sealed record ReflectorOptions
{
    /// <summary>The first list is delayed by a random part of this, so that replicas that start together do not list together.</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.Zero;

    /// <summary>Request streaming lists; ordinary lists are used where they are refused.</summary>
    public bool StreamingLists { get; init; } = true;

    /// <summary>A watch lasts a random time between this and twice this.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a watch may stay open after its time-out before it is closed.</summary>
    public TimeSpan WatchSlack { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The first watch after a loss lasts this long: the API server sends a bookmark 2 s before the end, and an ordinary watch gets one only
    /// once a minute. A watch that is compared with another lasts as long.
    /// </summary>
    public TimeSpan ProofTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long such a watch may take to open: the API server answers at once, and what does not answer is mostly another half-open connection.
    /// </summary>
    public TimeSpan ProofOpening { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long such a watch may stay open after its time-out.</summary>
    public TimeSpan ProofSlack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A watch that sent nothing and ended within this time is a failure.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A probe that is not answered within this time has failed, and the kind is lost.</summary>
    public TimeSpan ProbeLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The interval after a probe that was not answered.</summary>
    public TimeSpan ProbeRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a watch may be behind a probe before it is compared with a second watch. The API server sends bookmarks about once a minute.
    /// </summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(70);

    /// <summary>How long a watch may take to send what a second watch beside it has sent.</summary>
    public TimeSpan ComparisonGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a streaming list may send nothing before an ordinary list replaces it.</summary>
    public TimeSpan StreamingSilence { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>No delay is longer, its random part included.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time without a failure the back-off is reset.</summary>
    public TimeSpan BackoffReset { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After being throttled (429) for this time, the cached objects count as stale.</summary>
    public TimeSpan ThrottledIsLost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An optional kind to which the right is missing is retried after this time.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The watchdog's requests are at least this far apart.</summary>
    public TimeSpan WatchdogPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the watchdog waits for the store to reach the version of a list in which something differs; an idle watch gets a bookmark about
    /// once a minute.
    /// </summary>
    public TimeSpan WatchdogPatience { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>Objects per page of a list that is read from etcd.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>The random number for all jitter: 0 (inclusive) to 1 (exclusive).</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>The delays after failures: up to twice as long by chance, so they are doubled up to half the longest.</summary>
    internal BackoffDelays Failures => new(FirstBackoff, LongestBackoff / 2) { Most = 2, ResetAfter = BackoffReset, Random = Jitter };

    /// <summary>The delays after a 429 that asks for no longer one. They do not grow: being throttled is no failure.</summary>
    internal BackoffDelays Throttling => new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)) { Most = 1.2, Random = Jitter };
}
