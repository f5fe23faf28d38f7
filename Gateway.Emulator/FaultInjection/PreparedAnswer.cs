namespace Gateway.Emulator.FaultInjection;

/// <summary>
/// An answer that is sent instead of carrying out the request. <paramref name="RetryAfter"/> is in seconds; without a body the usual Status
/// object is sent.
/// </summary>
internal sealed record PreparedAnswer(int Status, int? RetryAfter, string? Body);
