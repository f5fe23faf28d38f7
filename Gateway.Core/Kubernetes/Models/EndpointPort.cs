namespace Gateway.Core.Kubernetes.Models;

/// <summary>A port of a slice; name "" when it has none, port null for "all ports".</summary>
public sealed record EndpointPort(string Name, int? Port, string Protocol, string? AppProtocol);
