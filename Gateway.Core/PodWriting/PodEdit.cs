using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>
/// What one call changes in a pod's annotations, planned against one state of the pod: own keys and their new values (null: removed), or a refusal.
/// A key that already has its value is not a change.
/// </summary>
internal abstract record PodEdit
{
    public Refusal? Refusal { get; init; }

    public ImmutableDictionary<string, string?> Annotations { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>The values were made from what the pod holds, so no PATCH without that version may contain them.</summary>
    public bool DependsOnRead { get; init; }

    /// <summary>A change of status and weight, which may use the annotation space that registrations leave to others.</summary>
    public bool IsStatusChange { get; init; }
}

/// <summary>An edit with the type of its result.</summary>
internal sealed record PodEdit<T> : PodEdit
    where T : class
{
    /// <summary>What the call returns once the edit is stored; null with a <see cref="PodEdit.Refusal"/>.</summary>
    public T? Result { get; init; }

    public static implicit operator PodEdit<T>(Refusal refusal) => new() { Refusal = refusal };
}

/// <summary>
/// An edit that the API server has stored: what it planned, the pod as the API server has it, whether a PATCH was needed for it, and the state of
/// the mirrors.
/// </summary>
internal sealed record PodWrite<T>(T Result, Pod Pod, bool HasWritten, PodPatch Patch)
    where T : class
{
    /// <summary>The patch that changed its keys: an earlier one than <see cref="Patch"/> where that one's answer was lost.</summary>
    public PodPatch Stored { get; init; } = Patch;
}
