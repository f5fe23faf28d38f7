using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>
/// What one call wants of a pod's annotations, planned against the pod as it is: own keys and their new values (null: removed), or a refusal.
/// A key that has that value already is no change.
/// </summary>
internal sealed record PodEdit<T>
    where T : class
{
    /// <summary>What the call is to be told once the edit stands; null with a <see cref="Refusal"/>.</summary>
    public T? Result { get; init; }

    public Refusal? Refusal { get; init; }

    public ImmutableDictionary<string, string?> Annotations { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>The values were made from what was read, so they hold only for the version that was read.</summary>
    public bool DependsOnRead { get; init; }

    public static implicit operator PodEdit<T>(Refusal refusal) => new() { Refusal = refusal };
}

/// <summary>
/// An edit that stands at the API server: what it planned, the pod as the API server has it, whether a PATCH was needed for it, and what the
/// mirrors came to.
/// </summary>
internal sealed record PodWrite<T>(T Result, Pod Pod, bool HasWritten, PodPatch Patch)
    where T : class;
