namespace Gateway.Api.Callers;

/// <summary>
/// Limits per caller and per replica (section <c>Limits</c>). Well-behaved pods of a cluster of 10,000 pods do not reach the
/// defaults.
/// </summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    // The server buffers all headers of a request for each connection.
    private const int LongestHead = 1024 * 1024;

    /// <summary>Burst of writes (registering, changing, deregistering) per pod: enough for 200 single registrations and their removal.</summary>
    public int WriteBurst { get; set; } = 400;

    /// <summary>Sustained writes per second and pod; beyond both limits the answer is 429. Heartbeats have a bucket of their own.</summary>
    public int WritesPerSecond { get; set; } = 20;

    /// <summary>Burst of heartbeats per pod: enough for 1,000 leases, each twice.</summary>
    public int HeartbeatBurst { get; set; } = 2_000;

    /// <summary>Sustained heartbeats per second and pod.</summary>
    public int HeartbeatsPerSecond { get; set; } = 200;

    /// <summary>Burst of writes, and of heartbeats, for a user without a pod, who may act for every pod of the cluster.</summary>
    public int UserWriteBurst { get; set; } = 20_000;

    /// <summary>Sustained writes per second for such a user; an API server accepts fewer.</summary>
    public int UserWritesPerSecond { get; set; } = 1_000;

    /// <summary>
    /// Event streams of one caller: a source address, or the token's owner if lookups require a token. Addresses that many callers share
    /// (loopback, <c>Identity:TrustedProxies</c> that forward no address) count only against <c>Subscriptions:MaxStreams</c>.
    /// </summary>
    public int StreamsPerCaller { get; set; } = 2_000;

    /// <summary>
    /// Lookups of one caller that wait (<c>wait</c>, <c>minRevision</c>), counted like <see cref="StreamsPerCaller"/>; and, apart from them, its drains
    /// that wait (<c>drain=wait</c>). Further ones are 503.
    /// </summary>
    public int WaitsPerCaller { get; set; } = 2_000;

    /// <summary>
    /// Calls that do work (writes, heartbeats, lists) which this replica carries out at once, a quarter of it for one source address; further ones are 503 at once. An API server takes this
    /// many writes in some three seconds.
    /// </summary>
    public int CallsAtOnce { get; set; } = 2_000;

    /// <summary>Open connections; further ones are answered 503 and closed, and beyond a tenth more they are closed at once.</summary>
    public int MaxConnections { get; set; } = 40_000;

    /// <summary>Open connections of one source address, except loopback and trusted proxies; further ones are answered 503 and closed.</summary>
    public int ConnectionsPerCaller { get; set; } = 4_000;

    /// <summary>Bytes of all headers of one request, tokens included; beyond it, 431 without a body.</summary>
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Number of headers of one request.</summary>
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Bytes of the request line; large enough that a too long name still gets a problem answer.</summary>
    public int MaxRequestLine { get; set; } = 16 * 1024;

    /// <summary>All headers of a request must arrive within this time, even if data keeps coming.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection without a request for this time is closed.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>The minimum rate of a request body after <see cref="BodyGrace"/>.</summary>
    public int MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>For this time the rate of a body is not limited.</summary>
    public TimeSpan BodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Yields one sentence per fault.</summary>
    public IEnumerable<string> Validate()
    {
        (string Name, int Value)[] counts =
        [
            (nameof(WriteBurst), WriteBurst), (nameof(WritesPerSecond), WritesPerSecond), (nameof(UserWriteBurst), UserWriteBurst),
            (nameof(UserWritesPerSecond), UserWritesPerSecond), (nameof(HeartbeatBurst), HeartbeatBurst), (nameof(HeartbeatsPerSecond), HeartbeatsPerSecond),
            (nameof(StreamsPerCaller), StreamsPerCaller), (nameof(WaitsPerCaller), WaitsPerCaller), (nameof(CallsAtOnce), CallsAtOnce), (nameof(MaxConnections), MaxConnections),
            (nameof(ConnectionsPerCaller), ConnectionsPerCaller), (nameof(MaxHeaders), MaxHeaders), (nameof(MinBodyBytesPerSecond), MinBodyBytesPerSecond),
        ];
        foreach (var (name, value) in counts)
        {
            if (value < 1)
                yield return $"{Section}:{name} is {value}; it must be at least 1.";
        }

        if (MaxHeaderBytes is < 4 * 1024 or > LongestHead)
            yield return $"{Section}:MaxHeaderBytes is {MaxHeaderBytes}; it must be between 4 KiB and 1 MiB.";
        if (MaxRequestLine is < 1024 or > LongestHead)
            yield return $"{Section}:MaxRequestLine is {MaxRequestLine}; it must be between 1 KiB and 1 MiB.";
        if (HeadersTimeout < TimeSpan.FromSeconds(1) || HeadersTimeout > TimeSpan.FromMinutes(5))
            yield return $"{Section}:HeadersTimeout is {HeadersTimeout}; it must be between 1 s and 5 min.";
        if (IdleTimeout < TimeSpan.FromSeconds(1) || IdleTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:IdleTimeout is {IdleTimeout}; it must be between 1 s and an hour.";
        // The server checks once a second.
        if (BodyGrace <= TimeSpan.FromSeconds(1) || BodyGrace > TimeSpan.FromMinutes(5))
            yield return $"{Section}:BodyGrace is {BodyGrace}; it must be more than 1 s and at most 5 min.";
    }
}
