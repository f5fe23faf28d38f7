namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// The fields of ObjectMeta (Kubernetes API, meta/v1) that are used. Of a pod's annotations only those that some format reads are kept
/// (<see cref="AnnotationBytes"/> is the size of all of them).
/// </summary>
public sealed record ObjectMeta
{
    public required string Name { get; init; }
    public string Namespace { get; init; } = "";
    public string Uid { get; init; } = "";

    /// <summary>resourceVersion as a number; comparable within one kind, as the API server guarantees (KEP-5504).</summary>
    public ulong Version { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoEntries;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoEntries;

    /// <summary>
    /// UTF-8 bytes of the keys and values of all annotations, kept or not: what the API server counts against its limit of 262,144.
    /// </summary>
    public int AnnotationBytes { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }

    public ObjectKey Key => new(Namespace, Name);

    internal static readonly IReadOnlyDictionary<string, string> NoEntries = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;
}

/// <summary>An object of any kind, read as no more than its name, uid and version: for lists whose objects are only compared.</summary>
public sealed record ListedObject(ObjectMeta Metadata) : IKubernetesObject;

/// <summary>An object of the API server, with only the fields that the gateway uses.</summary>
public interface IKubernetesObject
{
    ObjectMeta Metadata { get; }
}
