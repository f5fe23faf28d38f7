using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>
/// The content of a pod's annotation <c>io.dubbo/metadata</c> by a Dubbo Java application. It does not name the application: that is the
/// name of every Kubernetes Service whose slices contain the pod, so instances exist only by that join, one for each of <see
/// cref="Endpoints"/> (for each of the slice's ports where that is empty).
/// </summary>
public sealed record DubboJavaMetadata
{
    /// <summary>The whole flat map unchanged, sorted by key.</summary>
    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    /// <summary>Distinct, in the order of the annotation.</summary>
    public ImmutableArray<DubboEndpoint> Endpoints { get; init; } = [];

    /// <summary><c>dubbo.metadata.revision</c>; null where it is missing. Equal revision means equal interfaces.</summary>
    public string? Revision { get; init; }

    /// <summary>Parameters of the application's own MetadataService (port, protocol, version ...); empty where the annotation has none.</summary>
    public ImmutableSortedDictionary<string, string> MetadataService { get; init; } = RegistrationRecord.NoMetadata;

    /// <summary>Member <c>timestamp</c>.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }
}
