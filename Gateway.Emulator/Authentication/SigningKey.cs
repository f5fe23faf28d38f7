using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Authentication;

/// <summary>
/// Signs and verifies this cluster's tokens (ES256). Each cluster has a new key, so another cluster's tokens are invalid here.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public string Sign(JsonObject claims)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _id };
        var content = $"{Encode(header)}.{Encode(claims)}";
        lock (_gate)
            return $"{content}.{Base64Url.EncodeToString(_key.SignData(System.Text.Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The claims, or null when this key did not sign them.</summary>
    public JsonObject? Verify(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]) || !Base64Url.IsValid(parts[2]))
            return null;
        var content = System.Text.Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
        var signature = Base64Url.DecodeFromChars(parts[2]);
        lock (_gate)
        {
            if (!_key.VerifyData(content, signature, HashAlgorithmName.SHA256))
                return null;
        }
        return JsonSerializer.Deserialize<JsonObject>(Base64Url.DecodeFromChars(parts[1]));
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
