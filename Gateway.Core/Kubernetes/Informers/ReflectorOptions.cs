namespace Gateway.Core.Kubernetes.Informers;

/// <summary>The numbers by which kinds are followed. The defaults are client-go's where it has one.</summary>
public sealed record ReflectorOptions
{
    /// <summary>The first list waits a random part of this, so that replicas that start together do not list together.</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.Zero;

    /// <summary>Ask for streaming lists; where they are refused, ordinary ones follow.</summary>
    public bool StreamingLists { get; init; } = true;

    /// <summary>A watch lasts a random time between this and twice this.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>So long after its own end a watch may still be open before it is dropped.</summary>
    public TimeSpan WatchSlack { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A watch that told nothing and ended within this is a failure.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After a probe that was not answered.</summary>
    public TimeSpan ProbeRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So long a watch may be behind the server before it counts as dead. The API server sends bookmarks about once a minute.
    /// </summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(70);

    /// <summary>So long a streaming list may say nothing before an ordinary one takes its place.</summary>
    public TimeSpan StreamingSilence { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(800);
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A failure after this time is a first one again.</summary>
    public TimeSpan BackoffReset { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Throttled (429) for so long, what is held counts as old.</summary>
    public TimeSpan ThrottledIsLost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An optional kind to which the right is missing is asked for again after this.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Objects per page of a list that is read through to etcd.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Spreads every random time: 0 (inclusive) to 1 (exclusive).</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
