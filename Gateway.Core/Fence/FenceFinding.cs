namespace Gateway.Core.Fence;

/// <summary>What one part of the self-check came to.</summary>
/// <param name="State">One of <see cref="FenceStates"/>.</param>
/// <param name="Detail">One sentence for the operator; null where there is nothing to say.</param>
public sealed record FenceFinding(string State, string? Detail = null);
