using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>An instance as lookups show it, and its state in each mirror.</summary>
internal record RegisteredInstance : Instance
{
    /// <summary>By the name of the format.</summary>
    [JsonPropertyOrder(8)]
    public required IReadOnlyDictionary<string, MirrorResult> Mirrors { get; init; }

    /// <summary>What is probably not meant, a sentence each: the pod is also listed by the Kubernetes Service of that name, with another port.</summary>
    /// <example>[]</example>
    [JsonPropertyOrder(8)]
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>What became of a registration in one annotation format.</summary>
internal sealed record MirrorResult
{
    /// <summary>Whether it was written.</summary>
    public required MirrorState State { get; init; }

    /// <summary>Why it was left out; null when written.</summary>
    /// <example>The pod has no address yet.</example>
    public required string? Reason { get; init; }
}

/// <summary>Whether a registration was written in a further annotation format.</summary>
[JsonConverter(typeof(KebabCaseNames<MirrorState>))]
internal enum MirrorState
{
    Written,
    LeftOut,
}

/// <summary>The answer to an array of registrations, in the order of the array.</summary>
internal sealed record RegisteredInstances
{
    /// <summary>Each with the hash of its own members as `revision`.</summary>
    public required IReadOnlyList<RegisteredInstance> Items { get; init; }

    /// <summary>From this revision on every lookup with `status=any` shows all of them.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }
}
