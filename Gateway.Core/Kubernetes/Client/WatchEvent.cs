using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// One event of a watch. <see cref="Object"/> stands in Added, Modified and Deleted (there as it was before, under the version of its going),
/// <see cref="Status"/> in Error.
/// </summary>
public sealed record WatchEvent<T>(WatchEventType Type)
    where T : class, IKubernetesObject
{
    public T? Object { get; init; }

    /// <summary>The version up to which the watch has now told everything.</summary>
    public ulong Version { get; init; }

    /// <summary>A bookmark after which the events asked for by sendInitialEvents are complete.</summary>
    public bool EndsInitialEvents { get; init; }

    public KubernetesStatus? Status { get; init; }

    /// <summary>
    /// The object could not be decoded: why. <see cref="Object"/> is then what its metadata alone gives, or null where its kind has no such
    /// form.
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

    /// <summary>The watch has failed and ends.</summary>
    Error,
}
