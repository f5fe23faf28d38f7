namespace Gateway.Core.Registry;

/// <summary>A port of the Kubernetes Service; the name is null when it has none.</summary>
public sealed record FallbackPort(string? Name, int Port, string Protocol);
