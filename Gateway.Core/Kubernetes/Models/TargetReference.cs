namespace Gateway.Core.Kubernetes.Models;

/// <summary>The targetRef of an endpoint: the object that a slice claims to point at, not verified.</summary>
public sealed record TargetReference(string Kind, string Namespace, string Name, string Uid);
