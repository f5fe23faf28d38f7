namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// The API server's bytes cannot be understood: not JSON, of another kind, or larger than any object may be. The client's callers know it
/// as a <see cref="KubernetesApiException.IsUnreadable"/> failure.
/// </summary>
internal sealed class UnreadableFrameException(string message, Exception? innerException = null) : Exception(message, innerException);
