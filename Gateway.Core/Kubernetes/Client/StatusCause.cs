namespace Gateway.Core.Kubernetes.Client;

/// <summary>One of details.causes of a Status: a machine-readable reason, the field concerned and words for people; "" where absent.</summary>
public sealed record StatusCause(string Reason, string Field, string Message);
