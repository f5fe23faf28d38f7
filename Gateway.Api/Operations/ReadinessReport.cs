using Gateway.Core.Fence;

namespace Gateway.Api.Operations;

/// <summary>The answer of <c>/readyz</c>: ready, and why not. The self-check never makes a replica unready: starting it again would not help.</summary>
internal sealed record ReadinessReport(bool Ready, bool Synced, bool Stale, bool Stopping, FenceReport SelfCheck);
