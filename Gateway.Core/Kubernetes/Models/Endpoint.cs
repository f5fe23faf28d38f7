using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// One endpoint of a slice, with its conditions as written: null means unknown, which readers treat as ready, and serving like ready
/// (discovery.k8s.io/v1 EndpointConditions).
/// </summary>
public sealed record Endpoint(
    ImmutableArray<string> Addresses, bool? Ready, bool? Serving, bool? Terminating, TargetReference? Target, string? NodeName, string? Zone)
{
    /// <summary>The endpoint's own DNS name below the Service's name; null: none.</summary>
    public string? Hostname { get; init; }
}
