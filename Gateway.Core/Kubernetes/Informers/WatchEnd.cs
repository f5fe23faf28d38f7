using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>How a watch ended, and whether it was any good until then.</summary>
/// <param name="WasHealthy">It told something, or lasted: what follows is not the next failure in a row.</param>
internal readonly record struct WatchEnd(WatchOutcome Outcome, bool WasHealthy = false, KubernetesApiException? Failure = null, string? Detail = null)
{
    /// <summary>It began with no list, or with one that is in the store.</summary>
    public bool IsListTaken { get; init; }

    /// <summary>Judges an answer to the request for a watch.</summary>
    public static WatchEnd OfOpening(KubernetesApiException failure, bool streaming) => failure switch
    {
        { IsGone: true } => new(WatchOutcome.Gone, false, failure),
        { IsResourceVersionTooLarge: true } => new(WatchOutcome.TooLarge, false, failure),
        { IsTooManyRequests: true } => new(WatchOutcome.Throttled, false, failure),
        // So says a server whose etcd cannot tell progress: not for now, but for ever.
        { StatusCode: 500 } when streaming => new(WatchOutcome.StreamingRefused, false, failure),
        { IsUnavailable: true } or { IsUnauthorized: true } or { IsForbidden: true } => new(WatchOutcome.Failed, false, failure),
        _ when streaming => new(WatchOutcome.StreamingRefused, false, failure),
        _ => new(WatchOutcome.Rejected, false, failure),
    };

    /// <summary>Judges an ERROR event. Within a streaming list that is not complete it mostly says that there are none.</summary>
    public static WatchEnd OfError(KubernetesStatus? status, bool wasHealthy, bool streaming)
    {
        var failure = new KubernetesApiException(status?.Code ?? 0, status);
        var outcome = failure switch
        {
            { IsGone: true } => WatchOutcome.Gone,
            { IsResourceVersionTooLarge: true } => WatchOutcome.TooLarge,
            { IsTooManyRequests: true } => WatchOutcome.Throttled,
            _ when streaming => WatchOutcome.StreamingRefused,
            _ => WatchOutcome.Rejected,
        };
        return new(outcome, wasHealthy, failure);
    }
}

/// <summary>How a watch ended.</summary>
internal enum WatchOutcome
{
    /// <summary>The server ended it in good order.</summary>
    Ended,

    /// <summary>The connection broke.</summary>
    Cut,

    /// <summary>It did not open: no connection, 5xx, or no right to it (any more).</summary>
    Failed,

    /// <summary>410, as a status or as an ERROR event: its version is no longer known.</summary>
    Gone,

    /// <summary>504 ResourceVersionTooLarge: its version is not known yet, or belongs to a lost history.</summary>
    TooLarge,

    /// <summary>429.</summary>
    Throttled,

    /// <summary>A frame could not be read.</summary>
    Unreadable,

    /// <summary>It was still open long after its own end.</summary>
    Overdue,

    /// <summary>It is open, but tells nothing although there is something to tell.</summary>
    Dead,

    /// <summary>The cluster's store was put back to before the version that was seen.</summary>
    HistoryReplaced,

    /// <summary>The server has no streaming lists.</summary>
    StreamingRefused,

    /// <summary>Any other answer: 4xx, or an ERROR event of another code.</summary>
    Rejected,
}
