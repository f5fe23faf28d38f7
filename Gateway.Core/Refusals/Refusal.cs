using System.Collections.Immutable;

namespace Gateway.Core.Refusals;

/// <summary>
/// Why a call is not carried out: a stable code of the contract (section 2, errors), a sentence for people, and every fault found at once.
/// A refusal is a result, not an exception; nothing was written.
/// </summary>
public sealed record Refusal(string Code, string Detail)
{
    /// <summary>So many faults are looked for and told; a body with more was made by a program.</summary>
    public const int MaxFaults = 100;

    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>When it is worth trying again; null: not by waiting.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
