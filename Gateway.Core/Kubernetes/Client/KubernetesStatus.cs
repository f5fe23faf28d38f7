using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>A Status object (meta/v1): why the API server said no.</summary>
public sealed record KubernetesStatus
{
    public int Code { get; init; }

    /// <summary>A word such as <c>Conflict</c>, <c>Expired</c>, <c>Invalid</c>; "" where absent.</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    /// <summary>details.kind, e.g. <c>pods</c>; "" where absent.</summary>
    public string Kind { get; init; } = "";

    /// <summary>details.name; "" where absent.</summary>
    public string Name { get; init; } = "";

    public ImmutableArray<StatusCause> Causes { get; init; } = [];
    public int? RetryAfterSeconds { get; init; }

    public bool HasCause(string reason) => Causes.Any(cause => cause.Reason == reason);
}
