using System.Net;

namespace Gateway.Core.Identity;

/// <summary>How callers are recognised; bound from the section <c>Identity</c>.</summary>
public sealed class IdentityOptions
{
    /// <summary>For callers that sent no token: which one to send.</summary>
    public string TokenHint() =>
        $"Send the pod's projected token (volume source serviceAccountToken, audience {Audience}): -H \"Authorization: Bearer $(cat /var/run/secrets/registry/token)\".";

    /// <summary>For callers whose token is bound to no pod: how to bind one.</summary>
    public string BindingHint() =>
        $"Use the pod's projected token (volume source serviceAccountToken, audience {Audience}), or kubectl create token SERVICEACCOUNT --audience {Audience} " +
        "--bound-object-kind Pod --bound-object-name POD; or name the pod to act for (namespace and pod).";

    /// <summary>The audience that a projected token must have.</summary>
    public string Audience { get; set; } = "registry-gateway";

    /// <summary>A caller without a token is recognised by its pod's address.</summary>
    public bool SourceAddress { get; set; }

    /// <summary>Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.</summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>How long an accepted token is cached; never past its expiry, at most a minute.</summary>
    public TimeSpan TokenCacheFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The same for a token whose expiry cannot be read.</summary>
    public TimeSpan OpaqueTokenCacheFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the refusal of a token is cached.</summary>
    public TimeSpan RefusalCacheFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Reviews (of tokens and of access) in flight at the API server, at most.</summary>
    public int MaxReviewsInFlight { get; set; } = 32;

    /// <summary>How long a review may be queued; then the call is refused.</summary>
    public TimeSpan ReviewQueueFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a review may take, retries included; then the call is refused.</summary>
    public TimeSpan ReviewTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Tokens that are cached, at most.</summary>
    public int MaxCachedTokens { get; set; } = 50_000;

    /// <summary>
    /// Failed tokens in a row that one address (IPv6: its /64) may send before it has to wait, whatever the reason. Tokens that were accepted before
    /// still work. More where many callers share one address that is no trusted proxy.
    /// </summary>
    public int FailuresPerAddress { get; set; } = 100;

    /// <summary>Failures of an address that are forgiven each second.</summary>
    public double FailuresForgivenPerSecond { get; set; } = 5;

    /// <summary>
    /// Rule 4 of the contract: a caller that is not authenticated may act for any pod. No configuration sets it; only the host does, in Development
    /// with the emulated cluster.
    /// </summary>
    public bool DevelopmentAnonymous { get; private set; }

    public void AllowDevelopmentAnonymous() => DevelopmentAnonymous = true;

    /// <summary>Every fault, as a sentence.</summary>
    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(Audience))
            yield return "Identity:Audience is empty: without one any token of the cluster would be a pass.";
        foreach (var proxy in TrustedProxies)
        {
            if (!TryParseRange(proxy, out _))
                yield return $"Identity:TrustedProxies: \"{proxy}\" is neither an address nor a CIDR range.";
        }

        if (TokenCacheFor < TimeSpan.Zero || TokenCacheFor > TimeSpan.FromMinutes(1))
            yield return "Identity:TokenCacheFor must be between 0 and one minute: a revoked token is believed that long.";
        if (OpaqueTokenCacheFor < TimeSpan.Zero || OpaqueTokenCacheFor > TimeSpan.FromMinutes(1))
            yield return "Identity:OpaqueTokenCacheFor must be between 0 and one minute.";
        if (RefusalCacheFor < TimeSpan.Zero || RefusalCacheFor > TimeSpan.FromMinutes(1))
            yield return "Identity:RefusalCacheFor must be between 0 and one minute.";
        if (MaxReviewsInFlight < 1)
            yield return "Identity:MaxReviewsInFlight must be at least 1.";
        if (ReviewQueueFor <= TimeSpan.Zero)
            yield return "Identity:ReviewQueueFor must be positive.";
        if (ReviewTimeout <= TimeSpan.Zero)
            yield return "Identity:ReviewTimeout must be positive.";
        if (MaxCachedTokens < 1)
            yield return "Identity:MaxCachedTokens must be at least 1.";
        if (FailuresPerAddress < 1)
            yield return "Identity:FailuresPerAddress must be at least 1.";
        if (FailuresForgivenPerSecond is not (> 0 and <= 1_000_000))
            yield return "Identity:FailuresForgivenPerSecond must be more than 0 and at most 1000000.";
    }

    internal static bool TryParseRange(string text, out IPNetwork range)
    {
        range = default;
        var slash = text.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
            return false;

        var bits = address.GetAddressBytes().Length * 8;
        var prefix = bits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], out prefix) || prefix < 0 || prefix > bits))
            return false;
        if (address.IsIPv4MappedToIPv6)
        {
            if (prefix < 96)
                return false;
            address = address.MapToIPv4();
            prefix -= 96;
        }

        // IPNetwork refuses a base address with host bits; people write 10.0.0.1/8 all the same.
        var bytes = address.GetAddressBytes();
        for (var bit = prefix; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        range = new IPNetwork(new IPAddress(bytes), prefix);
        return true;
    }
}
