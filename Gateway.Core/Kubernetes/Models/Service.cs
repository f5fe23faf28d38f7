using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>A Service (core/v1) with the fields that the gateway uses.</summary>
public sealed record Service : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }

    /// <summary>ClusterIP, NodePort, LoadBalancer or ExternalName.</summary>
    public string Type { get; init; } = "ClusterIP";

    /// <summary>"None" for a headless Service, null before allocation and for ExternalName.</summary>
    public string? ClusterIP { get; init; }

    public ImmutableArray<string> ClusterIPs { get; init; } = [];

    /// <summary>IPv4 and IPv6, the first preferred; empty (default where a saved object has none): not known.</summary>
    public ImmutableArray<string> IPFamilies { get; init; } = [];

    public string? ExternalName { get; init; }

    /// <summary>Null or empty: endpoints are written manually or by another controller.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    public ImmutableArray<ServicePort> Ports { get; init; } = [];
    public bool PublishNotReadyAddresses { get; init; }

    /// <summary>Cluster or Local; null for ExternalName.</summary>
    public string? InternalTrafficPolicy { get; init; }

    /// <summary>A preference such as PreferClose, PreferSameZone or PreferSameNode; null: none.</summary>
    public string? TrafficDistribution { get; init; }

    public bool IsHeadless => ClusterIP == "None";
}

/// <summary>A port of a Service. <paramref name="TargetPort"/> is a number or a container port's name, as written.</summary>
public sealed record ServicePort(string Name, int Port, string? TargetPort, string Protocol, string? AppProtocol);
