using k8s;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

public sealed partial class KubernetesApi
{
    // KubernetesClient leaves apiVersion and kind out unless they are set.
    private const string AuthenticationVersion = $"{V1TokenReview.KubeGroup}/{V1TokenReview.KubeApiVersion}";
    private const string AuthorizationVersion = $"{V1SubjectAccessReview.KubeGroup}/{V1SubjectAccessReview.KubeApiVersion}";

    public async Task<V1TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken)
    {
        var review = new V1TokenReview
        {
            ApiVersion = AuthenticationVersion,
            Kind = V1TokenReview.KubeKind,
            Spec = new V1TokenReviewSpec { Token = token, Audiences = [audience] },
        };
        return (await _clients.CallAsync((api, cancelled) => api.AuthenticationV1.CreateTokenReviewAsync(review, cancellationToken: cancelled), cancellationToken)).Status;
    }

    public async Task<bool> ReviewAccessAsync(V1SubjectAccessReviewSpec access, CancellationToken cancellationToken)
    {
        var review = new V1SubjectAccessReview { ApiVersion = AuthorizationVersion, Kind = V1SubjectAccessReview.KubeKind, Spec = access };
        return IsAllowed((await _clients.CallAsync(
            (api, cancelled) => api.AuthorizationV1.CreateSubjectAccessReviewAsync(review, cancellationToken: cancelled), cancellationToken)).Status);
    }

    public async Task<bool> ReviewOwnAccessAsync(V1ResourceAttributes access, CancellationToken cancellationToken)
    {
        var review = new V1SelfSubjectAccessReview
        {
            ApiVersion = AuthorizationVersion,
            Kind = V1SelfSubjectAccessReview.KubeKind,
            Spec = new V1SelfSubjectAccessReviewSpec { ResourceAttributes = access },
        };
        return IsAllowed((await _clients.CallAsync(
            (api, cancelled) => api.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: cancelled), cancellationToken)).Status);
    }

    // Denied is an authorizer's veto and overrides allowed.
    private static bool IsAllowed(V1SubjectAccessReviewStatus status) => status is { Allowed: true, Denied: not true };
}
