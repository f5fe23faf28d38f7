namespace Gateway.Emulator.Http;

/// <summary>A body that is no JSON; the message is what Go's decoder says.</summary>
internal sealed class BodyFailure(string message) : Exception(message);
