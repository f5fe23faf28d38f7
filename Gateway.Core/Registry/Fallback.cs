using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>
/// The Kubernetes Service of the same name, for a client that cannot reach the registry: DNS name, cluster IP (null when headless), ports.
/// </summary>
public sealed record Fallback(string Dns, string? ClusterIP, ImmutableArray<FallbackPort> Ports);
