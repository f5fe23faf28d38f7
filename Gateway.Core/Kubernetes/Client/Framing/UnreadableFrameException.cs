namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// The API server's bytes cannot be understood: not JSON, of another kind, or larger than any object may be. Whoever follows a kind cannot
/// step over it, since nothing says what it was about.
/// </summary>
public sealed class UnreadableFrameException(string message, Exception? innerException = null) : Exception(message, innerException);
