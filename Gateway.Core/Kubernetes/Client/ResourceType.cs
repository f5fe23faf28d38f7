using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>A kind as the API server serves it, and how it is read. The kinds that are known stand in <see cref="ResourceTypes"/>.</summary>
public sealed class ResourceType<T>
    where T : class, IKubernetesObject
{
    internal ResourceType(string group, string version, string plural, string kind, ObjectDecoder<T> decode)
    {
        (Plural, Kind, Decode) = (plural, kind, decode);
        Root = group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";
    }

    /// <summary>As in URLs: <c>pods</c>.</summary>
    public string Plural { get; }

    /// <summary>As in objects: <c>Pod</c>.</summary>
    public string Kind { get; }

    /// <summary>Asked for as PartialObjectMetadata: the server sends names, labels and annotations only.</summary>
    public bool IsMetadataOnly { get; internal init; }

    internal string Root { get; }
    internal ObjectDecoder<T> Decode { get; }

    /// <summary>What an object is taken for when only its metadata can be read; null: it is left out.</summary>
    internal Func<ObjectMeta, T>? Unreadable { get; init; }

    internal string ListAccept => IsMetadataOnly
        ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
        : "application/json";

    internal string ObjectAccept => IsMetadataOnly
        ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
        : "application/json";

    /// <summary>The path of the collection, relative to the API server's address; namespace "" is all of them.</summary>
    internal string Path(string ns) =>
        ns.Length == 0 ? $"{Root}/{Plural}" : $"{Root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}";

    internal string Path(string ns, string name) => $"{Path(ns)}/{Uri.EscapeDataString(name)}";

    public override string ToString() => Plural;
}
