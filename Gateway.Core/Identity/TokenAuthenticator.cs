using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>
/// Recognises a bearer token by TokenReview (contract, section 4, rule 1). Believed tokens are remembered for a minute at most and never
/// past their expiry, by the SHA-256 of the token; what cannot be a token of a living pod is refused before the API server is bothered.
/// </summary>
public sealed class TokenAuthenticator(
    IdentityOptions options, ReviewCalls calls, LivePods pods, IClusterView cluster, TimeProvider time, GatewayMetrics metrics)
{
    // Projected tokens are about 1 KB; the header limit of the server is above this.
    private const int MaxTokenLength = 16 * 1024;

    // Clocks of nodes differ by as much without anybody noticing; the API server decides within it.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    // RFC 6750: b64token.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    private readonly ReviewCache<CallerIdentity> _known = new(options.MaxCachedTokens, time);
    private readonly FailureLimiter _failures = new(options.FailuresPerAddress, options.FailuresForgivenPerSecond, time);

    public async Task<Result<CallerIdentity>> AuthenticateAsync(string token, IPAddress? source, CancellationToken cancel)
    {
        if (token.Length > MaxTokenLength || token.Count('.') != 2 || token.AsSpan().ContainsAnyExcept(TokenCharacters))
            return Refuse(RefusalCodes.Unauthenticated, "The bearer token is not a service-account token.");

        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (_known.TryGet(key, out var known))
            return known;

        var claims = TokenClaims.TryRead(token);
        if (claims is not null && Implausible(claims) is { } refusal)
            return refusal;
        if (TooManyFailures(source) is { } limited)
            return limited;
        return await _known.GetAsync(key, () => ReviewAsync(token, claims, source), cancel).ConfigureAwait(false);
    }

    /// <summary>Asked before a token queues for its review, and again before it is reviewed: a thousand may have queued at once.</summary>
    private Refusal? TooManyFailures(IPAddress? source) => _failures.WaitOf(source) is { } wait
        ? Refuse(RefusalCodes.RateLimited, "Too many tokens from this address were refused.") with { RetryAfter = wait }
        : null;

    private Refusal? Implausible(TokenClaims claims)
    {
        if (!claims.Audiences.Contains(options.Audience, StringComparer.Ordinal))
            return Refuse(RefusalCodes.Unauthenticated, $"The token is not meant for the audience \"{options.Audience}\".");
        return claims.Expiry + ClockSkew <= time.GetUtcNow() ? Expired() : null;
    }

    private async Task<Review<CallerIdentity>> ReviewAsync(string token, TokenClaims? claims, IPAddress? source)
    {
        var caller = $"address:{source}";
        if (claims is { Pod: { } pod, PodUid: { } uid } && await MissingAsync(pod, uid, caller).ConfigureAwait(false) is { } missing)
            return Failed(missing, source);

        var asked = await calls.AskAsync("token", caller, (api, cancel) => api.ReviewTokenAsync(token, options.Audience, cancel), () => TooManyFailures(source))
            .ConfigureAwait(false);
        if (asked.IsRefused(out var trouble))
            return new(trouble, default);

        var status = asked.Value;
        if (!status.Authenticated || status.Username.Length == 0)
            return Failed(claims?.Expiry <= time.GetUtcNow() ? Expired() : Refuse(RefusalCodes.Unauthenticated, "The API server does not accept the token."), source);
        if (!status.Audiences.Contains(options.Audience, StringComparer.Ordinal))
            return Failed(Refuse(RefusalCodes.Unauthenticated, $"The token is not meant for the audience \"{options.Audience}\"."), source);

        var until = time.GetUtcNow() + (claims?.Expiry is null ? options.OpaqueTokenCacheFor : options.TokenCacheFor);
        return new(Identity(status), claims?.Expiry < until ? claims.Expiry.Value : until);
    }

    /// <summary>A token is bound to its pod; one live GET of a pod that this replica has not seen saves the review of a token that is dead.</summary>
    private async Task<Refusal?> MissingAsync(PodName pod, string uid, string caller)
    {
        if (!cluster.WatchesNamespace(pod.Namespace) || cluster.FindPod(pod.Namespace, pod.Name)?.Metadata.Uid == uid)
            return null;
        var lookup = await pods.GetAsync(pod.Namespace, pod.Name, caller).ConfigureAwait(false);
        if (lookup.Refusal is not null)
            return lookup.Refusal;
        return lookup.Pod?.Metadata.Uid == uid ? null : Refuse(RefusalCodes.PodGone, $"The pod {pod} that the token is bound to is gone.");
    }

    private Review<CallerIdentity> Failed(Refusal refusal, IPAddress? source)
    {
        if (refusal.Code is RefusalCodes.ApiServerUnavailable or RefusalCodes.Overloaded)
            return new(refusal, default);
        _failures.Failed(source);
        return new(refusal, time.GetUtcNow() + options.RefusalCacheFor);
    }

    private static CallerIdentity Identity(TokenReviewStatus status)
    {
        var user = new KubernetesUser(status.Username, status.Uid.Length == 0 ? null : status.Uid, status.Groups, status.Extra);
        return user.ServiceAccountNamespace is { } ns && Single(status, TokenReviewStatus.PodNameKey) is { } name &&
            Single(status, TokenReviewStatus.PodUidKey) is { } uid
            ? new PodCaller(ns, name, uid, IdentityProof.Token, user, null)
            : new UserCaller(user);
    }

    private static string? Single(TokenReviewStatus status, string key) =>
        status.Extra.TryGetValue(key, out var values) && values.Length == 1 && values[0].Length > 0 ? values[0] : null;

    private Refusal Expired() => Refuse(RefusalCodes.TokenExpired, "The token has expired; read the projected file again.");

    private Refusal Refuse(string code, string detail)
    {
        metrics.FailedAuthentications.Add(1, new KeyValuePair<string, object?>("code", code));
        return new Refusal(code, detail);
    }
}
