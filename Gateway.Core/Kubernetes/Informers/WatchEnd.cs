using Gateway.Core.Kubernetes.Client.Failures;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>How a watch ended, and whether it worked until then.</summary>
/// <param name="WasHealthy">It sent something, or lasted long enough: its end is not the next failure in a row.</param>
internal readonly record struct WatchEnd(WatchOutcome Outcome, bool WasHealthy = false, KubernetesApiException? Failure = null, string? Detail = null)
{
    /// <summary>It began without a list, or with one that was stored.</summary>
    public bool IsListTaken { get; init; }

    /// <summary>Classifies the failure to open a watch.</summary>
    public static WatchEnd OfOpening(KubernetesApiException failure, bool streaming) => failure switch
    {
        { IsGone: true } => new(WatchOutcome.Gone, false, failure),
        { IsResourceVersionTooLarge: true } => new(WatchOutcome.TooLarge, false, failure),
        { IsTooManyRequests: true } => new(WatchOutcome.Throttled, false, failure),
        // Sent by a server whose etcd cannot report progress: this is permanent.
        { StatusCode: 500 } when streaming => new(WatchOutcome.StreamingRefused, false, failure),
        { IsUnavailable: true } or { IsUnauthorized: true } or { IsForbidden: true } => new(WatchOutcome.Failed, false, failure),
        _ when streaming => new(WatchOutcome.StreamingRefused, false, failure),
        _ => new(WatchOutcome.Rejected, false, failure),
    };

    /// <summary>Classifies an ERROR event. Within an incomplete streaming list it mostly means that streaming lists are not supported.</summary>
    public static WatchEnd OfError(V1Status? status, bool wasHealthy, bool streaming)
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
    /// <summary>The server ended it normally.</summary>
    Ended,

    /// <summary>The connection broke.</summary>
    Cut,

    /// <summary>It could not be opened: no connection, 5xx, or the right is missing.</summary>
    Failed,

    /// <summary>410, as a status or as an ERROR event: its version has expired.</summary>
    Gone,

    /// <summary>504 ResourceVersionTooLarge: the server does not have its version yet, or etcd was restored.</summary>
    TooLarge,

    /// <summary>429.</summary>
    Throttled,

    /// <summary>A frame could not be read.</summary>
    Unreadable,

    /// <summary>An event came after a later one: applied, it could bring back what was deleted.</summary>
    Disordered,

    /// <summary>It was still open long after its time-out.</summary>
    Overdue,

    /// <summary>It is open, but did not send a change that a second watch beside it did.</summary>
    Dead,

    /// <summary>It is open and in step, but the watchdog found that the store differs from the API server.</summary>
    Different,

    /// <summary>The API server did not answer while it was open, and does again: the watch's connection may be half-open.</summary>
    Doubted,

    /// <summary>etcd was restored to a state before the version that was seen.</summary>
    HistoryReplaced,

    /// <summary>The server does not support streaming lists.</summary>
    StreamingRefused,

    /// <summary>Any other answer: 4xx, or an ERROR event of another code.</summary>
    Rejected,
}
