using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The latest changes that this replica saw.</summary>
internal sealed record History
{
    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<HistoryItem> Items { get; init; }

    /// <summary>There were others that are not shown, or this replica does not know of them: it started later, or its history is full.</summary>
    /// <example>false</example>
    public required bool Truncated { get; init; }
}

/// <summary>One change of an instance.</summary>
internal sealed record HistoryItem
{
    /// <summary>When this replica published it.</summary>
    /// <example>2026-11-20T12:00:00Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>The revision of its service from then on.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>What happened.</summary>
    public required ChangeType Type { get; init; }

    /// <summary>The instance from then on; of a removed one, as it was last.</summary>
    public required Instance Instance { get; init; }

    /// <summary>Its status until then; null where it was added.</summary>
    public required InstanceStatus? From { get; init; }

    /// <summary>Its status from then on; null where it was removed.</summary>
    public required InstanceStatus? To { get; init; }

    /// <summary>Why, as far as the states, the pod and its records tell.</summary>
    public required ChangeCause Cause { get; init; }
}

/// <summary>What happened to an instance.</summary>
[JsonConverter(typeof(KebabCaseNames<ChangeType>))]
internal enum ChangeType
{
    Added,
    Modified,
    Removed,
}

/// <summary>Why an instance changed.</summary>
[JsonConverter(typeof(KebabCaseNames<ChangeCause>))]
internal enum ChangeCause
{
    Registered,
    Deregistered,
    Updated,
    Readiness,
    Address,
    Restart,
    Lease,
    Override,
    PodTerminating,
    PodDeleted,
    PodFinished,
    ServiceChanged,
    EndpointAdded,
    EndpointRemoved,
    EndpointChanged,
    NameReserved,
    NamePermitted,
    Metadata,
}
