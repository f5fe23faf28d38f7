using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http;

/// <summary>
/// The start of the next page, encoded as the real server does. A <paramref name="Version"/> of -1 means the current version: the token to
/// continue with once the first page's version was compacted.
/// </summary>
internal sealed record ContinueToken(long Version, ObjectKey After)
{
    private const string ApiVersion = "meta.k8s.io/v1";

    /// <summary>Throws a 400 with the real server's message.</summary>
    public static ContinueToken Parse(string text, string ns)
    {
        string? start;
        long version;
        try
        {
            var json = JsonNode.Parse(Base64Url.DecodeFromChars(text));
            start = (string?)json?["start"];
            version = (long?)json?["rv"] ?? 0;
            if ((string?)json?["v"] != ApiVersion)
                throw Broken("server does not recognize this encoded version \"" + (string?)json?["v"] + "\"");
        }
        catch (FormatException)
        {
            throw Broken("illegal base64 data");
        }
        catch (JsonException)
        {
            var first = Encoding.Latin1.GetString(Base64Url.DecodeFromChars(text).AsSpan(0, 1));
            throw Broken($"invalid character '{first}' looking for beginning of value");
        }
        if (string.IsNullOrEmpty(start))
            throw Broken("encoded start key empty (version meta.k8s.io/v1)");
        var key = start.TrimEnd('\0');
        var slash = key.IndexOf('/');
        return new ContinueToken(version, slash < 0 ? new ObjectKey(ns, key) : new ObjectKey(key[..slash], key[(slash + 1)..]));
    }

    /// <summary>For a list of one namespace the key is relative to that namespace.</summary>
    public string Encode(string ns)
    {
        var key = ns.Length > 0 || After.Namespace.Length == 0 ? After.Name : After.ToString();
        var json = new JsonObject { ["v"] = ApiVersion, ["rv"] = Version, ["start"] = key + "\0" };
        return Base64Url.EncodeToString(ObjectOrder.Serialize(json));
    }

    private static ApiFailure Broken(string why) => ApiFailure.BadRequest("invalid continue token: continue key is not valid: " + why);
}
