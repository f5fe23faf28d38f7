namespace Gateway.Emulator.FaultInjection;

/// <summary>What is answered instead of doing anything. <paramref name="RetryAfter"/> is in seconds; no body stands for the usual Status object.</summary>
internal sealed record PreparedAnswer(int Status, int? RetryAfter, string? Body);
