using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// One endpoint of a slice. The conditions are as written: null means unknown, which readers take as ready, and serving like ready
/// (discovery.k8s.io/v1 EndpointConditions).
/// </summary>
public sealed record Endpoint(
    ImmutableArray<string> Addresses, bool? Ready, bool? Serving, bool? Terminating, TargetReference? Target, string? NodeName, string? Zone)
{
    /// <summary>The name of its own that DNS gives it below the Service's; null: none was asked for.</summary>
    public string? Hostname { get; init; }
}
