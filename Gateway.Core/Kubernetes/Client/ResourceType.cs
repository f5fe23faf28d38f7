using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>A kind at the API server, and how it is read. The known kinds are in <see cref="ResourceTypes"/>.</summary>
public sealed class ResourceType<T>
    where T : class, IKubernetesObject
{
    private ResourceType<ListedObject>? _listed;

    internal ResourceType(string group, string version, string plural, string kind, ObjectDecoder<T> decode, MessageDecoder<T> decodeMessage)
        : this(group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}", plural, kind, decode, decodeMessage)
    {
    }

    private ResourceType(string root, string plural, string kind, ObjectDecoder<T> decode, MessageDecoder<T> decodeMessage) =>
        (Root, Plural, Kind, Decode, DecodeMessage) = (root, plural, kind, decode, decodeMessage);

    /// <summary>As in URLs: <c>pods</c>.</summary>
    public string Plural { get; }

    /// <summary>As in objects: <c>Pod</c>.</summary>
    public string Kind { get; }

    /// <summary>Requested as PartialObjectMetadata: the server sends metadata only.</summary>
    public bool IsMetadataOnly { get; internal init; }

    /// <summary>Its objects are cluster-scoped.</summary>
    public bool IsClusterScoped { get; internal init; }

    /// <summary>The same kind, requested and read as no more than names, uids and versions.</summary>
    internal ResourceType<ListedObject> Listed => _listed ??= new(Root, Plural, Kind, NamedObjectDecoder.Listed(Kind), NamedObjectMessage.ReadListed)
    {
        IsMetadataOnly = true,
        IsClusterScoped = IsClusterScoped,
        HasLabelNames = HasLabelNames,
    };

    internal string Root { get; }
    internal ObjectDecoder<T> Decode { get; }
    internal MessageDecoder<T> DecodeMessage { get; }

    /// <summary>Builds an object of which only the metadata can be read; null: such objects are left out.</summary>
    internal Func<ObjectMeta, T>? Unreadable { get; init; }

    /// <summary>Its objects' names are DNS labels; those of other kinds are DNS subdomains.</summary>
    internal bool HasLabelNames { get; init; }

    /// <summary>The media types for a list; for an object or a watch, without <paramref name="list"/>. A server takes the first that it speaks.</summary>
    internal string Accept(bool list, bool protobuf)
    {
        if (!IsMetadataOnly)
            return protobuf ? $"{ProtobufFormat.MediaType},application/json" : "application/json";
        var form = list ? "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" : "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        return protobuf ? $"{ProtobufFormat.MediaType};{form},application/json;{form},application/json" : $"application/json;{form},application/json";
    }

    /// <summary>
    /// The path of the collection, relative to the API server's address; namespace "" is all namespaces. Throws if the namespace is not a legal
    /// name, or the kind is cluster-scoped.
    /// </summary>
    internal string Path(string ns)
    {
        if (ns.Length == 0)
            return $"{Root}/{Plural}";
        return IsClusterScoped
            ? throw new ArgumentException($"Objects of kind {Kind} are cluster-scoped.", nameof(ns))
            : ResourcePath.InNamespace(Root, ns, Plural);
    }

    /// <summary>The path of one object; throws if the namespace or name is not legal for this kind.</summary>
    internal string Path(string ns, string name) => CanName(ns, name)
        ? $"{Path(ns)}/{name}"
        : throw new ArgumentException($"No object of kind {Kind} can have this namespace and name.", nameof(name));

    /// <summary>Whether an object of this kind can have that namespace ("" for cluster-scoped kinds) and name.</summary>
    internal bool CanName(string ns, string name) =>
        (IsClusterScoped ? ns.Length == 0 : ObjectNames.IsLabel(ns)) && (HasLabelNames ? ObjectNames.IsLabel(name) : ObjectNames.IsSubdomain(name));

    public override string ToString() => Plural;
}

/// <summary>Builds paths of namespaced objects.</summary>
internal static class ResourcePath
{
    /// <summary>
    /// Throws if the namespace is not a legal name: other text could lead to another collection. The message does not repeat it, since it
    /// may be untrusted input.
    /// </summary>
    public static string InNamespace(string root, string ns, string plural) => ObjectNames.IsLabel(ns)
        ? $"{root}/namespaces/{ns}/{plural}"
        : throw new ArgumentException("A namespace must be a DNS label.", nameof(ns));
}

/// <summary>The kinds that the gateway keeps a copy of, as slim objects.</summary>
public static class ResourceTypes
{
    public static ResourceType<Pod> Pods { get; } =
        new("", "v1", "pods", "Pod", PodDecoder.Read, PodMessage.Read) { Unreadable = PodDecoder.Unreadable };

    public static ResourceType<Service> Services { get; } =
        new("", "v1", "services", "Service", ServiceDecoder.Read, ServiceMessage.Read);

    public static ResourceType<EndpointSlice> EndpointSlices { get; } =
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", EndpointSliceDecoder.Read, EndpointSliceMessage.Read);

    public static ResourceType<Endpoints> Endpoints { get; } =
        new("", "v1", "endpoints", "Endpoints", EndpointsDecoder.Read, EndpointsMessage.Read);

    public static ResourceType<Node> Nodes { get; } =
        new("", "v1", "nodes", "Node", NamedObjectDecoder.ReadNode, NamedObjectMessage.ReadNode) { IsMetadataOnly = true, IsClusterScoped = true };

    public static ResourceType<Namespace> Namespaces { get; } =
        new("", "v1", "namespaces", "Namespace", NamedObjectDecoder.ReadNamespace, NamedObjectMessage.ReadNamespace)
        {
            IsMetadataOnly = true,
            IsClusterScoped = true,
            HasLabelNames = true,
        };
}
