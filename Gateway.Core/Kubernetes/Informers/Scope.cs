namespace Gateway.Core.Kubernetes.Informers;

/// <summary>What of a kind is followed.</summary>
/// <param name="Namespace">"" is the whole cluster.</param>
/// <param name="IsOptional">Without the right to it the gateway does without.</param>
internal sealed record Scope(string Namespace, string? LabelSelector = null, bool IsOptional = false);
