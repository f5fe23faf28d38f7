namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Bytes of the API server that cannot be decoded: not JSON, of another kind, or larger than any object may be. A watch cannot skip such a
/// frame, since it is unknown which object it was about.
/// </summary>
public sealed class UnreadableFrameException(string message, Exception? innerException = null) : Exception(message, innerException);
