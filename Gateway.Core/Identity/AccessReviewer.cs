using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Results;
using Gateway.Core.Timing;
using k8s.Models;

namespace Gateway.Core.Identity;

/// <summary>
/// What a user may do, by SubjectAccessReview with everything that the API server returned about the user. Answers are cached for seconds; equal
/// reviews at the same time share one call.
/// </summary>
public sealed class AccessReviewer(AccessOptions options, ReviewCalls calls, TimeProvider time)
{
    private const int MaxRemembered = 50_000;

    private static readonly Dictionary<string, IList<string>> NoExtra = [];

    private readonly ReviewCache<bool> _known = new(MaxRemembered, time);

    /// <summary>May the user act for this pod? A refusal only when the API server could not be asked.</summary>
    public Task<Result<bool>> MayPatchPodAsync(KubernetesUser user, PodName pod, CancellationToken cancellationToken) =>
        AskAsync(user, "patch", "", "pods", pod.Namespace, pod.Name, cancellationToken);

    /// <summary>May the user list the pods of this namespace; empty: of all?</summary>
    public Task<Result<bool>> MayListPodsAsync(KubernetesUser user, string ns, CancellationToken cancellationToken) =>
        AskAsync(user, "list", "", "pods", ns, "", cancellationToken);

    /// <summary>May the user take this service name (<c>Access:Register=Rbac</c>)?</summary>
    public Task<Result<bool>> MayRegisterAsync(KubernetesUser user, string ns, string service, CancellationToken cancellationToken) =>
        AskAsync(user, "create", "registry-gateway.io", "registrations", ns, service, cancellationToken);

    /// <summary>May the user look services of this namespace up (<c>Access:Lookup=Rbac</c>)?</summary>
    public Task<Result<bool>> MayLookUpAsync(
        KubernetesUser user, string ns, CancellationToken cancellationToken, ReviewLane lane = ReviewLane.Calls) =>
        AskAsync(user, "get", "discovery.k8s.io", "endpointslices", ns, "", cancellationToken, lane);

    /// <summary>The cached answer to <see cref="MayLookUpAsync"/>; null: a review is needed.</summary>
    public bool? KnownToLookUp(KubernetesUser user, string ns) =>
        _known.TryGet(KeyOf(Review(user, "get", "discovery.k8s.io", "endpointslices", ns, "")), out var verdict) && !verdict.IsRefused(out _) ? verdict.Value : null;

    private Task<Result<bool>> AskAsync(
        KubernetesUser user, string verb, string group, string resource, string ns, string name, CancellationToken cancellationToken,
        ReviewLane lane = ReviewLane.Calls)
    {
        var review = Review(user, verb, group, resource, ns, name);
        return _known.GetAsync(KeyOf(review), () => ReviewAsync(review, lane), cancellationToken, lane);
    }

    private static V1SubjectAccessReviewSpec Review(KubernetesUser user, string verb, string group, string resource, string ns, string name) =>
        new()
        {
            User = user.Username,
            Uid = user.Uid,
            Groups = [.. user.Groups],
            Extra = user.Extra.Count == 0 ? null : user.Extra.ToDictionary(static entry => entry.Key, static entry => (IList<string>)[.. entry.Value]),
            ResourceAttributes = new V1ResourceAttributes { Verb = verb, Group = group, Resource = resource, NamespaceProperty = ns, Name = name },
        };

    private async Task<Review<bool>> ReviewAsync(V1SubjectAccessReviewSpec review, ReviewLane lane)
    {
        var asked = await calls.AskAsync(
            "access", $"user:{review.User}", (api, cancellationToken) => api.ReviewAccessAsync(review, cancellationToken), lane: lane);
        if (asked.IsRefused(out _))
            return new(asked, default);
        return new(asked, time.GetSteadyNow() + (asked.Value ? options.AllowedFor : options.DeniedFor));
    }

    // Every part is prefixed with its length, so no two reviews share a key.
    private static string KeyOf(V1SubjectAccessReviewSpec review)
    {
        var text = new StringBuilder();
        void Add(string part) => text.Append(part.Length).Append(':').Append(part);

        Add(review.User);
        Add(review.Uid ?? "");
        foreach (var group in review.Groups)
            Add(group);
        foreach (var (key, values) in (review.Extra ?? NoExtra).OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append('|');
            Add(key);
            foreach (var value in values)
                Add(value);
        }

        text.Append("||");
        Add(review.ResourceAttributes.Verb);
        Add(review.ResourceAttributes.Group);
        Add(review.ResourceAttributes.Resource);
        Add(review.ResourceAttributes.NamespaceProperty);
        Add(review.ResourceAttributes.Name);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
