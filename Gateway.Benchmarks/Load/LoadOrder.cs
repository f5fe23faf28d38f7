namespace Gateway.Benchmarks.Load;

/// <summary>What the load process does next.</summary>
internal enum LoadKind
{
    /// <summary>Requests over HTTP/1.1: each connection sends <c>Pipeline</c> of them and reads their answers, again and again.</summary>
    Requests,

    /// <summary>The same over HTTP/2: <c>Connections</c> at once over one connection.</summary>
    Http2,

    /// <summary>Opens event streams and keeps them; returns once each has received its first event.</summary>
    OpenStreams,

    /// <summary>Begins to count events; earlier ones are forgotten.</summary>
    CountEvents,

    /// <summary>Returns what was received since, and leaves the streams open.</summary>
    TakeEvents,

    CloseStreams,

    /// <summary>Reads answers to their end (a streaming list: to its last event), all at once, and discards them.</summary>
    Discard,
}

/// <summary>One order to the load process: a line of JSON.</summary>
/// <param name="Port">On loopback.</param>
internal sealed record LoadOrder(LoadKind Kind, int Port)
{
    public int Connections { get; init; } = 1;

    public int Pipeline { get; init; } = 1;

    /// <summary>How long; 0: until every request was sent once.</summary>
    public double Seconds { get; init; }

    /// <summary>The requests as they are sent (for <c>Http2</c> and <c>Discard</c>: a path and a value of Accept, parted by a space), in turn.</summary>
    public IReadOnlyList<byte[]> Requests { get; init; } = [];

    /// <summary>So many pods are told apart in events; 0: events are counted alone.</summary>
    public int TrackedPods { get; init; }
}

/// <summary>What came of an order.</summary>
internal sealed record LoadResult
{
    public long Requests { get; init; }

    public double Seconds { get; init; }

    public long Bytes { get; init; }

    public long Events { get; init; }

    /// <summary>Milliseconds until a connection had the answers to what it sent at once.</summary>
    public double P50 { get; init; }

    public double P99 { get; init; }

    /// <summary>How many answers had which status.</summary>
    public Dictionary<int, long> Statuses { get; init; } = [];

    public List<TrackedChange> Changes { get; init; } = [];

    /// <summary>Why it could not be done; null: it was.</summary>
    public string? Failure { get; init; }
}

/// <summary>When the first and the last stream had received the n-th change of a pod, and how many had: <c>Stopwatch</c> ticks.</summary>
internal sealed record TrackedChange(int Pod, int Number, long First, long Last, int Streams);
