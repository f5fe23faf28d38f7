using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Gateway.Core.Identity;

/// <summary>
/// What the payload of a JWT claims, unverified. Before a review it may only ever be the ground of a refusal; the expiry is believed once
/// the API server has vouched for the token.
/// </summary>
internal sealed record TokenClaims
{
    public DateTimeOffset? Expiry { get; private init; }
    public IReadOnlyList<string> Audiences { get; private init; } = [];

    /// <summary>The pod that a service-account token is bound to (claim <c>kubernetes.io</c>).</summary>
    public PodName? Pod { get; private init; }

    public string? PodUid { get; private init; }

    /// <summary>Null: the payload is not one that can be read.</summary>
    public static TokenClaims? TryRead(string token)
    {
        var first = token.IndexOf('.');
        var last = token.LastIndexOf('.');
        if (first < 0 || last <= first)
            return null;

        var encoded = token.AsSpan(first + 1, last - first - 1);
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(encoded));
            return payload.RootElement.ValueKind == JsonValueKind.Object ? Read(payload.RootElement) : null;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static TokenClaims Read(JsonElement payload)
    {
        var claims = new TokenClaims { Expiry = ReadExpiry(payload), Audiences = ReadAudiences(payload) };
        if (payload.TryGetProperty("kubernetes.io", out var kubernetes) && Text(kubernetes, "namespace") is { } ns &&
            kubernetes.TryGetProperty("pod", out var pod) && Text(pod, "name") is { } name && Text(pod, "uid") is { } uid)
        {
            return claims with { Pod = new PodName(ns, name), PodUid = uid };
        }

        return claims;
    }

    private static DateTimeOffset? ReadExpiry(JsonElement payload)
    {
        if (!payload.TryGetProperty("exp", out var exp) || exp.ValueKind != JsonValueKind.Number || !exp.TryGetDouble(out var seconds))
            return null;
        return seconds is >= 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;
    }

    private static List<string> ReadAudiences(JsonElement payload)
    {
        if (!payload.TryGetProperty("aud", out var audience))
            return [];
        return audience.ValueKind switch
        {
            JsonValueKind.String => [audience.GetString()!],
            JsonValueKind.Array => [.. audience.EnumerateArray().Where(static one => one.ValueKind == JsonValueKind.String).Select(static one => one.GetString()!)],
            _ => [],
        };
    }

    private static string? Text(JsonElement within, string name) =>
        within.ValueKind == JsonValueKind.Object && within.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
