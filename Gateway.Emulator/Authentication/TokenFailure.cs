namespace Gateway.Emulator.Authentication;

/// <summary>A token that does not authenticate; the message is what a TokenReview reports.</summary>
internal sealed class TokenFailure(string message) : Exception(message);
