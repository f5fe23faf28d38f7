namespace Gateway.Core.Kubernetes.Models;

/// <summary>The targetRef of an endpoint: what a slice claims to point at, not yet believed.</summary>
public sealed record TargetReference(string Kind, string Namespace, string Name, string Uid);
