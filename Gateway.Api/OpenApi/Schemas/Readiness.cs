using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Whether this replica answers, and why not.</summary>
internal sealed record Readiness
{
    /// <summary>Whether requests should be sent here.</summary>
    /// <example>true</example>
    public required bool Ready { get; init; }

    /// <summary>Whether it has had a full picture of the registry once.</summary>
    /// <example>true</example>
    public required bool Synced { get; init; }

    /// <summary>True while it has lost the API server; it stays ready.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>The kinds that it cannot watch, or has not caught up with; nodes and namespaces alone never make it stale.</summary>
    /// <example>["services"]</example>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>True once it is going away.</summary>
    /// <example>false</example>
    public required bool Stopping { get; init; }

    /// <summary>The version of this replica.</summary>
    /// <example>0.1.0</example>
    public required string Version { get; init; }

    /// <summary>Whether the gateway may do its work; never makes it unready.</summary>
    public required SelfCheck SelfCheck { get; init; }
}

/// <summary>What the gateway found about its own rights.</summary>
internal sealed record SelfCheck
{
    /// <summary>Whether its account has the rights that it needs.</summary>
    public required SelfCheckFinding Rights { get; init; }

    /// <summary>Whether a write would pass admission.</summary>
    public required SelfCheckFinding Write { get; init; }
}

/// <summary>One part of the self-check.</summary>
internal sealed record SelfCheckFinding
{
    /// <summary>How it came out.</summary>
    public required SelfCheckState State { get; init; }

    /// <summary>A sentence for the operator; null where there is nothing to say.</summary>
    /// <example>The account may not patch pods in namespace shop.</example>
    public required string? Detail { get; init; }
}

/// <summary>How a part of the self-check came out: not asked, not answered yet, in order, refused, or the cluster did not answer.</summary>
[JsonConverter(typeof(KebabCaseNames<SelfCheckState>))]
internal enum SelfCheckState
{
    Off,
    Pending,
    Passed,
    Refused,
    Unknown,
}
