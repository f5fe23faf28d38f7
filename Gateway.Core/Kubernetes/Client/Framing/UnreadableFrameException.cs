namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// The API server's bytes cannot be parsed: not valid, of another kind, or over the size limit. The client's callers see
/// a <see cref="KubernetesApiException.IsUnreadable"/> failure.
/// </summary>
internal sealed class UnreadableFrameException(string message, Exception? innerException = null) : Exception(message, innerException);
