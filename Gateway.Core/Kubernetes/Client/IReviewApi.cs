using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Token and access reviews at the API server. Failures are <see cref="KubernetesApiException"/>.</summary>
public interface IReviewApi
{
    /// <summary>TokenReview (authentication.k8s.io/v1): whose token is this, and is it meant for this audience?</summary>
    Task<TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken);

    /// <summary>SubjectAccessReview (authorization.k8s.io/v1): may this user do that?</summary>
    Task<bool> ReviewAccessAsync(AccessReview review, CancellationToken cancellationToken);

    /// <summary>SelfSubjectAccessReview: may the gateway itself do that? User, uid, groups and extra of the review are not sent.</summary>
    Task<bool> ReviewOwnAccessAsync(AccessReview review, CancellationToken cancellationToken);
}

/// <summary>
/// The spec of a SubjectAccessReview: a user as the TokenReview returned it, and the requested action. <see cref="Namespace"/> "" is
/// cluster-scoped, <see cref="Name"/> "" is any object.
/// </summary>
public sealed record AccessReview
{
    public string User { get; init; } = "";
    public string Uid { get; init; } = "";
    public ImmutableArray<string> Groups { get; init; } = [];
    public IReadOnlyDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    public required string Verb { get; init; }

    /// <summary>"" is the core group.</summary>
    public string Group { get; init; } = "";

    public required string Resource { get; init; }
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
}

/// <summary>
/// The status of a TokenReview. A token bound to a pod names it in <see cref="Extra"/> (<see cref="PodNameKey"/>, <see cref="PodUidKey"/>);
/// once that pod is deleted the token is not <see cref="Authenticated"/>.
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

    /// <summary>The requested audiences for which the token is valid.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Why it is not authenticated, in the API server's words.</summary>
    public string? Error { get; init; }
}
