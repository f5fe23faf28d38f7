using System.Collections.Immutable;

namespace Gateway.Core.Refusals;

/// <summary>
/// Why a call is not carried out: a stable code of the contract (section 2, errors), a sentence for people, and every fault found at once.
/// A refusal is a result, not an exception; nothing was written.
/// </summary>
public sealed record Refusal(string Code, string Detail)
{
    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>When it is worth trying again; null: not by waiting.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
