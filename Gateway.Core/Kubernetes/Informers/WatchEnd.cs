using Gateway.Core.Kubernetes.Client;

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
