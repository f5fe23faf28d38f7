using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The one place where everything that can come between a request and an answer that is understood becomes a
/// <see cref="KubernetesApiException"/>. What HttpClient and its streams throw is not a closed list: beside HttpRequestException and IOException
/// a bare SocketException, ObjectDisposedException or InvalidOperationException was seen of connections that were reset.
/// </summary>
internal static class ApiFailure
{
    /// <summary>Whether it says something of the channel: all but the API server's own word, and this process' lack of memory.</summary>
    public static bool IsOfTheChannel(Exception failure) => failure is not (KubernetesApiException or OutOfMemoryException);

    /// <summary>What to throw then: when the caller itself cancelled it, that; else that there was no answer.</summary>
    /// <param name="caller">Not the limits that the client sets itself: a time-out is a failure.</param>
    public static Exception Of(ApiCall call, Exception failure, CancellationToken caller)
    {
        if (caller.IsCancellationRequested)
            return new OperationCanceledException($"{call} was cancelled.", failure, caller);

        // Nothing was sent where no connection came about.
        var neverSent = failure is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or
                HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        };
        return new KubernetesApiException(0, null, mayHaveBeenApplied: call.IsWrite && !neverSent,
            message: $"The API server did not answer {call}: {failure.Message}", innerException: failure);
    }

    /// <summary>An answer came, and cannot be understood: what was asked for may have been done.</summary>
    public static KubernetesApiException Unreadable(ApiCall call, string why, Exception? failure = null) =>
        new(0, null, mayHaveBeenApplied: call.IsWrite, message: $"The answer to {call} cannot be read: {why}", innerException: failure)
        {
            IsUnreadable = true,
        };
}
