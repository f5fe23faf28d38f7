namespace Gateway.Core.Kubernetes.Client;

/// <summary>The questions about identity and rights that the API server answers. Failures are <see cref="KubernetesApiException"/>.</summary>
public interface IReviewApi
{
    /// <summary>TokenReview (authentication.k8s.io/v1): whose token is this, and is it meant for this audience?</summary>
    Task<TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken);

    /// <summary>SubjectAccessReview (authorization.k8s.io/v1): may this user do that?</summary>
    Task<bool> ReviewAccessAsync(AccessReview review, CancellationToken cancellationToken);

    /// <summary>SelfSubjectAccessReview: may the gateway itself do that? User, uid, groups and extra of the review are not sent.</summary>
    Task<bool> ReviewOwnAccessAsync(AccessReview review, CancellationToken cancellationToken);
}
