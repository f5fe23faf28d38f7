namespace Gateway.Api.Callers;

/// <summary>
/// How much of this replica one caller, and all together, may take (section <c>Limits</c>). The defaults are out of reach for a cluster of
/// 10,000 pods that behave.
/// </summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    // The server buffers a whole head for each connection.
    private const int LongestHead = 1024 * 1024;

    /// <summary>Writes (registering, changing, deregistering) that a pod may do at once: 200 registrations, one by one, and their removal.</summary>
    public int WriteBurst { get; set; } = 400;

    /// <summary>Writes that a pod may do each second for longer; past both it is told 429. Heartbeats do not count.</summary>
    public int WritesPerSecond { get; set; } = 20;

    /// <summary>The same for a user without a pod, who may act for every pod of the cluster.</summary>
    public int UserWriteBurst { get; set; } = 20_000;

    /// <summary>What such a user may do each second for longer; an API server takes less.</summary>
    public int UserWritesPerSecond { get; set; } = 1_000;

    /// <summary>
    /// Event streams of one caller: of a source address, or of the token's owner where lookups need one. Addresses behind which callers cannot be
    /// told apart (loopback, <c>Identity:TrustedProxies</c> that name nobody) count in <c>Subscriptions:MaxStreams</c> alone.
    /// </summary>
    public int StreamsPerCaller { get; set; } = 2_000;

    /// <summary>Connections at one time; further ones are told 503 and closed, a tenth more than these are closed at once.</summary>
    public int MaxConnections { get; set; } = 40_000;

    /// <summary>Connections of one source address, loopback and trusted proxies excepted; further ones are told 503 and closed.</summary>
    public int ConnectionsPerCaller { get; set; } = 4_000;

    /// <summary>Bytes that the headers of one request may take, the tokens of callers included; past it, a bare 431.</summary>
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Headers of one request.</summary>
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Bytes of the request line: a name that is far too long is still answered with what is wrong with it.</summary>
    public int MaxRequestLine { get; set; } = 16 * 1024;

    /// <summary>All headers of a request have to be there within this time, however busily they drip in.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection on which nothing is asked for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>A body has to come at this rate at least, once <see cref="BodyGrace"/> is over.</summary>
    public int MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>For so long a body may come as slowly as it likes.</summary>
    public TimeSpan BodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Every fault, as a sentence.</summary>
    public IEnumerable<string> Validate()
    {
        (string Name, int Value)[] counts =
        [
            (nameof(WriteBurst), WriteBurst), (nameof(WritesPerSecond), WritesPerSecond), (nameof(UserWriteBurst), UserWriteBurst),
            (nameof(UserWritesPerSecond), UserWritesPerSecond), (nameof(StreamsPerCaller), StreamsPerCaller), (nameof(MaxConnections), MaxConnections),
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
        // The server looks once a second.
        if (BodyGrace <= TimeSpan.FromSeconds(1) || BodyGrace > TimeSpan.FromMinutes(5))
            yield return $"{Section}:BodyGrace is {BodyGrace}; it must be more than 1 s and at most 5 min.";
    }
}
