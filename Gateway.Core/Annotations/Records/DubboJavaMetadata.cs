using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// The content of a pod's annotation <c>io.dubbo/metadata</c> by a Dubbo Java application. It does not name the application: that is the
/// name of every Kubernetes Service whose slices contain the pod, so instances exist only by that join, one for each of <see
/// cref="Endpoints"/> (for each of the slice's ports where that is empty).
/// </summary>
public sealed record DubboJavaMetadata
{
    /// <summary>The whole flat map unchanged, sorted by key.</summary>
    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    /// <summary>Distinct, in the order of the annotation; the first 64 count.</summary>
    public ImmutableArray<DubboEndpoint> Endpoints { get; init; } = [];

    /// <summary><c>dubbo.metadata.revision</c>; null where it is missing. Equal revision means equal interfaces.</summary>
    public string? Revision { get; init; }

    /// <summary>Parameters of the application's own MetadataService (port, protocol, version ...); empty where the annotation has none.</summary>
    public ImmutableSortedDictionary<string, string> MetadataService { get; init; } = RegistrationRecord.NoMetadata;

    /// <summary>Member <c>timestamp</c>.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }
}

/// <summary>One entry of the member <c>dubbo.endpoints</c>: a port and the protocol spoken there.</summary>
public sealed record DubboEndpoint(int Port, string Protocol);

/// <summary>
/// A pod that names in a Dubbo record a service it consumes; such a record provides nothing. <paramref name="Protocol"/> is the one it asks
/// for, "" for any; group and version may be <c>*</c>. <paramref name="Address"/> is "" where the record has none.
/// </summary>
public sealed record DubboConsumer(
    InstanceSource Source, string Service, string Group, string Version, string Protocol, string Address,
    ImmutableSortedDictionary<string, string> Metadata, DateTimeOffset? RegisteredAt);
