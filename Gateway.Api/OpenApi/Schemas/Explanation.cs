using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Why a service, or one pod under its name, is listed or not.</summary>
internal sealed record Explanation
{
    /// <summary>Whether the lookup that the filter describes lists what it could list.</summary>
    public required ExplainVerdict Verdict { get; init; }

    /// <summary>Every check, in order.</summary>
    public required IReadOnlyList<ExplainedCheck> Checks { get; init; }

    /// <summary>The instances of the service, or of the pod that was asked about, in any status, whether the filter takes them or not.</summary>
    public required IReadOnlyList<Instance> Instances { get; init; }
}

/// <summary>One check.</summary>
internal sealed record ExplainedCheck
{
    /// <summary>What was checked.</summary>
    public required ExplainCheckName Check { get; init; }

    /// <summary>Whether it is as it should be; null where there was nothing to check.</summary>
    /// <example>false</example>
    public required bool? Passed { get; init; }

    /// <summary>What was found, for people.</summary>
    /// <example>Pod orders-1 is not Ready (container app: CrashLoopBackOff).</example>
    public required string Found { get; init; }

    /// <summary>What would help, for people; null unless the check failed.</summary>
    /// <example>Look at its probes and events: kubectl -n shop describe pod orders-1.</example>
    public required string? Help { get; init; }
}

/// <summary>The result of all checks.</summary>
[JsonConverter(typeof(KebabCaseNames<ExplainVerdict>))]
internal enum ExplainVerdict
{
    Listed,
    PartlyListed,
    NotListed,
}

/// <summary>What is checked, in order.</summary>
[JsonConverter(typeof(KebabCaseNames<ExplainCheckName>))]
internal enum ExplainCheckName
{
    Namespace,
    Service,
    Pod,
    Record,
    Name,
    Address,
    Readiness,
    Slice,
    Restart,
    Lease,
    Override,
    Filter,
}
