namespace Gateway.Core.Subscriptions;

/// <summary>Settings of event streams (section <c>Subscriptions</c>).</summary>
public sealed class SubscriptionOptions
{
    public const string Section = "Subscriptions";

    /// <summary>A stream ends with goaway after this time, plus or minus a fifth, so that replicas share the load again.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>A comment is sent when nothing else was for this long; the contract promises one at least every 15 s.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>A reader that accepts no bytes for this long is disconnected.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a resumed stream waits until this replica has seen what the client has seen.</summary>
    public TimeSpan ResumeWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long past states of services are kept for streams that come back, which are then sent the difference alone.</summary>
    public TimeSpan ResumeWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Maximum number of open streams; further ones are asked to retry later.</summary>
    public int MaxStreams { get; set; } = 20_000;

    /// <summary>Maximum number of services that one stream may name.</summary>
    public int MaxServices { get; set; } = 1_000;

    /// <summary>
    /// Whether this is the only replica: drain=wait then counts all streams. Null: true only where the emulated cluster runs in this
    /// process.
    /// </summary>
    public bool? SingleReplica { get; set; }

    public IEnumerable<string> Validate()
    {
        if (MaxAge < TimeSpan.FromSeconds(1) || MaxAge > TimeSpan.FromDays(7))
            yield return $"{Section}:MaxAge is {MaxAge}; it must be between a second and 7 days.";
        if (KeepAlive < TimeSpan.FromMilliseconds(100) || KeepAlive > TimeSpan.FromSeconds(15))
            yield return $"{Section}:KeepAlive is {KeepAlive}; it must be between 100 ms and 15 s, which clients rely on.";
        if (SendTimeout < TimeSpan.FromMilliseconds(100) || SendTimeout > TimeSpan.FromMinutes(10))
            yield return $"{Section}:SendTimeout is {SendTimeout}; it must be between 100 ms and 10 min.";
        if (ResumeWait < TimeSpan.Zero || ResumeWait > TimeSpan.FromSeconds(10))
            yield return $"{Section}:ResumeWait is {ResumeWait}; it must be between 0 and 10 s.";
        if (ResumeWindow < TimeSpan.FromSeconds(1) || ResumeWindow > TimeSpan.FromHours(1))
            yield return $"{Section}:ResumeWindow is {ResumeWindow}; it must be between 1 s and an hour.";
        if (MaxStreams < 1)
            yield return $"{Section}:MaxStreams is {MaxStreams}; it must be at least 1.";
        if (MaxServices < 1)
            yield return $"{Section}:MaxServices is {MaxServices}; it must be at least 1.";
    }
}
