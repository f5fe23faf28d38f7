using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The instances of one service, in a stable order.</summary>
internal sealed record Lookup
{
    /// <summary>Namespace of the service.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    public required string Service { get; init; }

    /// <summary>False: there is no Kubernetes Service, no record and no endpoint of that name now.</summary>
    /// <example>true</example>
    public required bool Known { get; init; }

    /// <summary>When this replica last saw the service change; `index` and `minRevision` take it.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>The Kubernetes Service of that name, for a client that loses the registry; null where there is none.</summary>
    public required Fallback? Fallback { get; init; }

    /// <summary>Those that pass the filters.</summary>
    public required IReadOnlyList<Instance> Instances { get; init; }
}

/// <summary>A Kubernetes Service as clients reach it without the registry.</summary>
internal sealed record Fallback
{
    /// <summary>Its DNS name, without the cluster's domain.</summary>
    /// <example>orders.shop.svc</example>
    public required string Dns { get; init; }

    /// <summary>Its virtual address; null where it has none (headless, ExternalName).</summary>
    /// <example>10.96.0.12</example>
    [JsonPropertyName("clusterIP")]
    public required string? ClusterIP { get; init; }

    /// <summary>Its ports; of a headless Service those of its pods.</summary>
    public required IReadOnlyList<FallbackPort> Ports { get; init; }

    /// <summary>Its internalTrafficPolicy: with `Local` its virtual address reaches pods of the caller's node alone.</summary>
    /// <example>Cluster</example>
    public required string? InternalTrafficPolicy { get; init; }

    /// <summary>Its trafficDistribution; null where it has none.</summary>
    /// <example>PreferSameZone</example>
    public required string? TrafficDistribution { get; init; }
}

/// <summary>A port of a Kubernetes Service.</summary>
internal sealed record FallbackPort
{
    /// <summary>Its name; null where it has none.</summary>
    /// <example>http</example>
    public required string? Name { get; init; }

    /// <summary>Its number.</summary>
    /// <example>80</example>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>Its appProtocol, else `tcp`, `udp` or `sctp`.</summary>
    /// <example>tcp</example>
    public required string Protocol { get; init; }
}
