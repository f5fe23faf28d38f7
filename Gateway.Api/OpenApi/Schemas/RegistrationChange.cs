using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>A merge patch (RFC 7396) of a registration: what is absent stays, null is the default. Unknown members are refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RegistrationChange
{
    /// <summary>OUT_OF_SERVICE takes the instance out of rotation, UP returns it.</summary>
    public SettableStatus? Status { get; init; }

    /// <summary>Share of the calls.</summary>
    /// <example>50</example>
    [Range(0, 10_000)]
    public int? Weight { get; init; }

    /// <summary>Entries to set; null as value removes the entry.</summary>
    /// <example>{"lane":"green"}</example>
    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }
}

/// <summary>The statuses that a caller may set; the others follow from the pod.</summary>
[JsonConverter(typeof(UpperCaseNames<SettableStatus>))]
internal enum SettableStatus
{
    Up,
    OutOfService,
}

/// <summary>The instance after a change, and with `drain=wait` how far the change has reached its subscribers.</summary>
internal sealed record ChangedInstance : RegisteredInstance
{
    /// <summary>Only with `drain=wait`.</summary>
    [JsonPropertyOrder(10)]
    public Drain? Drain { get; init; }
}

/// <summary>How many subscribers of all replicas have been sent a state in which the instance is not UP.</summary>
internal sealed record Drain
{
    /// <summary>Whether all were, before the timeout; null where all of this replica's were, and other replicas may exist unseen.</summary>
    /// <example>true</example>
    public required bool? Complete { get; init; }

    /// <summary>Replicas that were asked, this one included.</summary>
    /// <example>2</example>
    public required int Replicas { get; init; }

    /// <summary>Subscribers of the service.</summary>
    /// <example>14</example>
    public required int Subscribers { get; init; }

    /// <summary>Those that had not been sent it at the end.</summary>
    /// <example>0</example>
    public required int Pending { get; init; }

    /// <summary>How long it took.</summary>
    /// <example>12</example>
    public required long Milliseconds { get; init; }

    /// <summary>Why `complete` is null: other replicas may exist unseen, Redis is unavailable, or some are of another version.</summary>
    /// <example>null</example>
    public required string? Reason { get; init; }
}
