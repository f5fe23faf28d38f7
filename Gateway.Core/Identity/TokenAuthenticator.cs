using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Results;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Identity;

/// <summary>
/// Recognises a bearer token by TokenReview (contract, section 4, rule 1). Accepted tokens are cached for a minute at most and never
/// past their expiry, by the SHA-256 of the token (for heartbeats until their expiry, while the pod lives); what cannot be a token of a pod is refused without a call to the API server. Of an unverified
/// token only the token itself is sent to the API server, none of its claims. Every failure counts against the source address, whatever its reason.
/// </summary>
public sealed partial class TokenAuthenticator(
    IdentityOptions options, ReviewCalls calls, IClusterView cluster, TimeProvider time, GatewayMetrics metrics, ILogger<TokenAuthenticator> logger)
{
    // Projected tokens are about 1 KB; the header limit of the server is above this.
    private const int MaxTokenLength = 16 * 1024;
    private const int OrdinaryTokenLength = 2 * 1024;

    // Clocks of nodes commonly differ by as much; within it the API server decides.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    // RFC 6750: b64token.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    private readonly ReviewCache<CallerIdentity> _known = new(options.MaxCachedTokens, time);
    private readonly FailureLimiter _failures = new(options.FailuresPerAddress, options.FailuresForgivenPerSecond, time);
    private readonly LogPace _pace = new(time);

    public async Task<Result<CallerIdentity>> AuthenticateAsync(
        string token, IPAddress? source, CancellationToken cancellationToken, ReviewLane lane = ReviewLane.Calls)
    {
        if (!IsToken(token))
            return RefuseUnread("The bearer token is not a service-account token.", source);

        var key = KeyOf(token);
        if (_known.TryGet(key, out var known))
            return known;

        // A token that was accepted before is not delayed by other callers of its address, nor counted when reviews get no answer.
        var accepted = _known.TryRecall(key, out var recalled) ? recalled : null;
        if (accepted is null && TooManyFailures(source) is { } limited)
            return limited;
        return await _known.GetAsync(key, () => JudgeAsync(token, accepted, source, lane), cancellationToken, lane);
    }

    /// <summary>
    /// The pod whose token the latest review accepted, until the token's expiry and while the cache has that pod: enough for a heartbeat, which goes on
    /// while the API server is away. Null: a review decides.
    /// </summary>
    internal PodCaller? RecallPod(ReadOnlySpan<char> token) =>
        IsToken(token) && _known.TryRecall(KeyOf(token), out var accepted) && accepted is PodCaller caller
        && cluster.FindPod(caller.Namespace, caller.Name) is { IsFinished: false } pod && pod.Metadata.Uid == caller.Uid
            ? caller
            : null;

    /// <summary>Refuses an Authorization header without a readable token; it counts like any other failure.</summary>
    internal Refusal RefuseUnread(string detail, IPAddress? source)
    {
        if (TooManyFailures(source) is { } limited)
            return limited;
        _failures.Failed(source);
        return Refuse(RefusalCodes.Unauthenticated, detail, source);
    }

    private static bool IsToken(ReadOnlySpan<char> text) =>
        text.Length <= MaxTokenLength && text.Count('.') == 2 && !text.ContainsAnyExcept(TokenCharacters);

    /// <param name="token">Of <see cref="TokenCharacters"/>, all of them ASCII.</param>
    private static string KeyOf(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = token.Length <= OrdinaryTokenLength ? stackalloc byte[OrdinaryTokenLength] : new byte[token.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.ASCII.GetBytes(token, bytes)], hash);
        return Convert.ToHexString(hash);
    }

    /// <summary>Checked before a token is queued for its review, and again before it is reviewed: a thousand may have been queued at once.</summary>
    private Refusal? TooManyFailures(IPAddress? source) => _failures.WaitOf(source) is { } wait
        ? Refuse(RefusalCodes.RateLimited, "Too many tokens from this address were refused.", source) with { RetryAfter = wait }
        : null;

    /// <summary>Runs once for all calls with the token at the same time, and counts its failure once.</summary>
    private async Task<Review<CallerIdentity>> JudgeAsync(string token, CallerIdentity? accepted, IPAddress? source, ReviewLane lane)
    {
        Review<CallerIdentity> judged;
        try
        {
            judged = await ReviewAsync(token, accepted, source, lane);
        }
        catch
        {
            // A bug: the call is answered with 500, and counts as a failure so that a caller cannot repeat it without limit.
            _failures.Failed(source);
            throw;
        }

        switch (judged.Result.Refusal?.Code)
        {
            case null or RefusalCodes.RateLimited:
            case RefusalCodes.ApiServerUnavailable or RefusalCodes.Overloaded when accepted is not null:
                return judged;
            case RefusalCodes.ApiServerUnavailable or RefusalCodes.Overloaded:
                _failures.Failed(source, byTrouble: true);
                return judged;
            default:
                _failures.Failed(source);
                return judged with { KeepUntil = time.GetSteadyNow() + options.RefusalCacheFor };
        }
    }

    private async Task<Review<CallerIdentity>> ReviewAsync(string token, CallerIdentity? accepted, IPAddress? source, ReviewLane lane)
    {
        var claims = TokenClaims.Read(token);
        if (claims is null)
            return Refused(RefusalCodes.Unauthenticated, "The token's payload is not one of a service-account token.", source);
        if (!claims.IsOpaque && !claims.Audiences.Contains(options.Audience, StringComparer.Ordinal))
            return Refused(RefusalCodes.Unauthenticated, $"The token is not meant for the audience \"{options.Audience}\".", source);
        if (HasExpired(claims, ClockSkew))
            return Expired(source);

        var asked = await calls.AskAsync(
            "token",
            accepted?.FairnessKey ?? (source is null ? "anonymous" : $"address:{AddressPrefix.TextOf(source)}"),
            (api, cancellationToken) => api.ReviewTokenAsync(token, options.Audience, cancellationToken),
            () => accepted is null ? TooManyFailures(source) : null,
            lane);
        if (asked.IsRefused(out var trouble))
            return new(trouble, default);

        var status = asked.Value;
        var user = KubernetesUser.Of(status.User);
        if (status.Authenticated != true || user.Username.Length == 0)
            return NotAccepted(claims, source);
        if (status.Audiences?.Contains(options.Audience) != true)
            return Refused(RefusalCodes.Unauthenticated, $"The token is not meant for the audience \"{options.Audience}\".", source);

        var until = time.GetSteadyNow() + (claims.Expiry is null ? options.OpaqueTokenCacheFor : options.TokenCacheFor);
        var caller = Identity(user) with { TokenExpires = claims.Expiry };
        return claims.Expiry is { } expiry ? new(caller, expiry < until ? expiry : until, expiry) : new(caller, until);
    }

    /// <summary>
    /// The API server refused the token without a reason. If the token claims to be bound to a pod that should be known here and is not, that is the
    /// reason, and a retry cannot succeed.
    /// </summary>
    private Review<CallerIdentity> NotAccepted(TokenClaims claims, IPAddress? source)
    {
        if (claims is { Pod: { } pod, PodUid: { } uid } && cluster.HasSynced && cluster.WatchesNamespace(pod.Namespace) &&
            cluster.FindPod(pod.Namespace, pod.Name)?.Metadata.Uid != uid)
        {
            return Refused(RefusalCodes.PodGone, $"The pod {pod} that the token is bound to is gone.", source);
        }

        return HasExpired(claims, TimeSpan.Zero)
            ? Expired(source)
            : Refused(RefusalCodes.Unauthenticated, "The API server does not accept the token.", source);
    }

    // A wall clock that was set wrong must not refuse good tokens: the API server decides where the two clocks differ.
    private bool HasExpired(TokenClaims claims, TimeSpan skew) =>
        claims.Expiry <= time.GetUtcNow() - skew && claims.Expiry <= time.GetSteadyNow() - skew;

    private static CallerIdentity Identity(KubernetesUser user) =>
        user.ServiceAccountNamespace is { } ns && Single(user, KubernetesUser.PodNameKey) is { } name && Single(user, KubernetesUser.PodUidKey) is { } uid
            ? new PodCaller(ns, name, uid, IdentityProof.Token, user, null)
            : new UserCaller(user);

    private static string? Single(KubernetesUser user, string key) =>
        user.Extra.TryGetValue(key, out var values) && values.Length == 1 && values[0].Length > 0 ? values[0] : null;

    private Review<CallerIdentity> Expired(IPAddress? source) =>
        Refused(RefusalCodes.TokenExpired, "The token has expired; read the projected file again.", source);

    private Review<CallerIdentity> Refused(string code, string detail, IPAddress? source) => new(Refuse(code, detail, source), default);

    private Refusal Refuse(string code, string detail, IPAddress? source)
    {
        metrics.FailedAuthentications.Add(1, new KeyValuePair<string, object?>("code", code));
        if (_pace.Allows(code, out var leftOut))
            TokenRefused(logger, source, code, detail, leftOut);
        return new Refusal(code, detail);
    }

    [LoggerMessage(1402, LogLevel.Information,
        "A token from {Address} was refused ({Code}): {Detail} At most one line a minute and code; {LeftOut} more since the last one.")]
    private static partial void TokenRefused(ILogger logger, IPAddress? address, string code, string detail, long leftOut);
}
