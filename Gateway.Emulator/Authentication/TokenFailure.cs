namespace Gateway.Emulator.Authentication;

/// <summary>A token that does not authenticate; the message is the error that a TokenReview reports.</summary>
internal sealed class TokenFailure(string message) : Exception(message);
