namespace Gateway.Core.Kubernetes.Models;

/// <summary>A port of a Service. <paramref name="TargetPort"/> is a number or a container port's name, as written.</summary>
public sealed record ServicePort(string Name, int Port, string? TargetPort, string Protocol, string? AppProtocol);
