namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// The part of ObjectMeta (Kubernetes API, meta/v1) that is read. Of a pod's annotations only those that some format reads are kept
/// (<see cref="AnnotationBytes"/> tells the size of all of them).
/// </summary>
public sealed record ObjectMeta
{
    public required string Name { get; init; }
    public string Namespace { get; init; } = "";
    public string Uid { get; init; } = "";

    /// <summary>resourceVersion as a number; comparable within one kind since the API server says so (KEP-5504).</summary>
    public ulong Version { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoEntries;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoEntries;

    /// <summary>Keys and values of all annotations in UTF-8 bytes, kept or not: what the API server counts against its 262,144.</summary>
    public int AnnotationBytes { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }

    public ObjectKey Key => new(Namespace, Name);

    internal static readonly IReadOnlyDictionary<string, string> NoEntries = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;
}
