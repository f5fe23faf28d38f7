using Gateway.Core.Kubernetes.Models;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// One event of a watch. <see cref="Object"/> is set in Added, Modified and Deleted (its last state, with the version of the deletion),
/// <see cref="Status"/> in Error.
/// </summary>
public sealed record WatchEvent<T>(WatchEventType Type)
    where T : class, IKubernetesObject
{
    public T? Object { get; init; }

    /// <summary>The version up to which the watch has now sent every change.</summary>
    public ulong Version { get; init; }

    /// <summary>When its frame was received whole, before it was decoded: a timestamp of the gateway's time.</summary>
    public long Arrived { get; init; }

    /// <summary>A bookmark after which the events asked for by sendInitialEvents are complete.</summary>
    public bool EndsInitialEvents { get; init; }

    public V1Status? Status { get; init; }

    /// <summary>
    /// Why the object could not be decoded. <see cref="Object"/> then holds its metadata only, or is null for kinds that have no
    /// metadata-only form.
    /// </summary>
    public string? Failure { get; init; }
}

/// <summary>The types of watch events (meta/v1 WatchEvent).</summary>
public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>No object changed up to this version.</summary>
    Bookmark,

    /// <summary>The watch failed and has ended.</summary>
    Error,
}
