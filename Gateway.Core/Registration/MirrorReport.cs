namespace Gateway.Core.Registration;

/// <summary>What became of one mirror of one registration: <c>written</c> or <c>left-out</c>, and why it was left out.</summary>
public sealed record MirrorReport(string State, string? Reason);
