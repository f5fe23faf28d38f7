namespace Gateway.Emulator.Http;

/// <summary>A body that is not JSON; the message is the one of Go's decoder.</summary>
internal sealed class BodyFailure(string message) : Exception(message);
