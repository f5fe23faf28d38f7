using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Token and access reviews at the API server, with the models of KubernetesClient. Failures are <see cref="Failures.KubernetesApiException"/>.
/// A <see cref="V1TokenReview"/> prints its token: it is never logged.
/// </summary>
public interface IReviewApi
{
    /// <summary>
    /// TokenReview (authentication.k8s.io/v1): whose token is this, and is it meant for this audience? Once the pod that a token is bound to is
    /// deleted, the token is not authenticated.
    /// </summary>
    Task<V1TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken);

    /// <summary>SubjectAccessReview (authorization.k8s.io/v1): may this user do that?</summary>
    Task<bool> ReviewAccessAsync(V1SubjectAccessReviewSpec access, CancellationToken cancellationToken);

    /// <summary>SelfSubjectAccessReview: may the gateway itself do that?</summary>
    Task<bool> ReviewOwnAccessAsync(V1ResourceAttributes access, CancellationToken cancellationToken);

    /// <summary>May the gateway itself do that with one object of the core group?</summary>
    Task<bool> MayAsync(string verb, string resource, string ns, string name, CancellationToken cancellationToken) =>
        ReviewOwnAccessAsync(new V1ResourceAttributes { Verb = verb, Resource = resource, NamespaceProperty = ns, Name = name }, cancellationToken);
}
