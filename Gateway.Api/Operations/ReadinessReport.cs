namespace Gateway.Api.Operations;

/// <summary>The answer of <c>/readyz</c>: ready, and why not.</summary>
internal sealed record ReadinessReport(bool Ready, bool Synced, bool Stale, bool Stopping);
