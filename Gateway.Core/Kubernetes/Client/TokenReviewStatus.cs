using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The status of a TokenReview. A token bound to a pod names it in <see cref="Extra"/> (<see cref="PodNameKey"/>, <see cref="PodUidKey"/>);
/// for a pod that is gone the token is not <see cref="Authenticated"/>.
/// </summary>
public sealed record TokenReviewStatus
{
    public const string PodNameKey = "authentication.kubernetes.io/pod-name";
    public const string PodUidKey = "authentication.kubernetes.io/pod-uid";

    public bool Authenticated { get; init; }
    public string Username { get; init; } = "";
    public string Uid { get; init; } = "";
    public ImmutableArray<string> Groups { get; init; } = [];
    public IReadOnlyDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Those of the audiences asked for that the token is meant for.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Why it is not authenticated, in the API server's words.</summary>
    public string? Error { get; init; }
}
