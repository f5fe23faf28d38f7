using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Identity;

/// <summary>
/// What the payload of a JWT claims (RFC 7519), unverified. Before a review it may only lead to a refusal; the expiry is used
/// once the API server has accepted the token. Pod and namespace are legal names, else the payload is invalid.
/// </summary>
internal sealed record TokenClaims
{
    /// <summary>A payload that is not a JSON object: only the API server can decide whether it is a token.</summary>
    public static readonly TokenClaims Opaque = new() { IsOpaque = true };

    // The first second of the year 10000, which a DateTimeOffset cannot hold.
    private const double EndOfTime = 253_402_300_800;

    // RFC 7519, section 4: a JWT with a repeated claim may be rejected; else parsers would differ in which one counts.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public bool IsOpaque { get; private init; }
    public DateTimeOffset? Expiry { get; private init; }
    public IReadOnlyList<string> Audiences { get; private init; } = [];

    /// <summary>The pod that a service-account token is bound to (claim <c>kubernetes.io</c>).</summary>
    public PodName? Pod { get; private init; }

    public string? PodUid { get; private init; }

    /// <summary>Null: the payload looks like a JSON object, but no issuer of tokens writes such a one.</summary>
    public static TokenClaims? Read(string token)
    {
        var (first, last) = (token.IndexOf('.'), token.LastIndexOf('.'));
        var payload = first < last ? Decode(token.AsSpan(first + 1, last - first - 1)) : null;
        if (payload.AsSpan().Trim(" \t\r\n"u8) is not [(byte)'{', .., (byte)'}'])
            return Opaque;
        if (!Utf8.IsValid(payload))
            return null;
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            return Read(document.RootElement);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // An escaped lone surrogate is the platform's InvalidOperationException; the kind of each value is checked before it is read.
            return null;
        }
    }

    private static TokenClaims Read(JsonElement payload)
    {
        var claims = new TokenClaims { Expiry = ReadExpiry(payload), Audiences = ReadAudiences(payload) };
        if (!payload.TryGetProperty("kubernetes.io", out var kubernetes) || !Object(kubernetes).TryGetProperty("pod", out var pod))
            return claims;

        var name = new PodName(Text(kubernetes, "namespace"), Text(pod, "name"));
        var uid = Text(pod, "uid");
        return ObjectNames.IsLabel(name.Namespace) && ObjectNames.IsSubdomain(name.Name) && uid.Length > 0
            ? claims with { Pod = name, PodUid = uid }
            : throw new JsonException("The token names no pod that can be.");
    }

    private static DateTimeOffset? ReadExpiry(JsonElement payload)
    {
        if (!payload.TryGetProperty("exp", out var exp))
            return null;
        // A NumericDate: seconds since 1970, possibly with a fraction.
        return exp.ValueKind == JsonValueKind.Number && exp.TryGetDouble(out var seconds) && seconds is >= 0 and < EndOfTime
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : throw new JsonException("The token's expiry is no time.");
    }

    private static List<string> ReadAudiences(JsonElement payload)
    {
        if (!payload.TryGetProperty("aud", out var audience))
            return [];
        return audience.ValueKind == JsonValueKind.Array ? [.. audience.EnumerateArray().Select(Text)] : [Text(audience)];
    }

    private static JsonElement Object(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value : throw new JsonException("A claim is no object.");

    private static string Text(JsonElement within, string name) =>
        Object(within).TryGetProperty(name, out var value) ? Text(value) : throw new JsonException("A claim is missing.");

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new JsonException("A claim is no string.");

    /// <summary>Null: not base64url.</summary>
    private static byte[]? Decode(ReadOnlySpan<char> encoded)
    {
        try
        {
            return Base64Url.DecodeFromChars(encoded);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
