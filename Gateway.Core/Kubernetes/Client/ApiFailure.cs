using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Turns every failure of a request or of reading its response into a <see cref="KubernetesApiException"/>. What HttpClient and its
/// streams throw is not a closed list: besides HttpRequestException and IOException, reset connections were seen to throw a bare
/// SocketException, ObjectDisposedException or InvalidOperationException.
/// </summary>
internal static class ApiFailure
{
    /// <summary>Whether the exception is a failure of the connection: all except an answer of the API server and lack of memory.</summary>
    public static bool IsOfTheChannel(Exception failure) => failure is not (KubernetesApiException or OutOfMemoryException);

    /// <summary>The exception to throw instead: a cancellation if the caller cancelled, otherwise a failure without an answer.</summary>
    /// <param name="caller">The caller's own token, without the client's time limits: a time-out is a failure.</param>
    public static Exception Of(ApiCall call, Exception failure, CancellationToken caller)
    {
        if (caller.IsCancellationRequested)
            return new OperationCanceledException($"{call} was cancelled.", failure, caller);

        // Nothing was sent if no connection was established.
        var neverSent = failure is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or
                HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        };
        return new KubernetesApiException(0, null, mayHaveBeenApplied: call.IsWrite && !neverSent,
            message: $"The API server did not answer {call}: {failure.Message}", innerException: failure);
    }

    /// <summary>The response was received but cannot be parsed: a write may have been applied.</summary>
    public static KubernetesApiException Unreadable(ApiCall call, string why, Exception? failure = null) =>
        new(0, null, mayHaveBeenApplied: call.IsWrite, message: $"The answer to {call} cannot be read: {why}", innerException: failure)
        {
            IsUnreadable = true,
        };
}
