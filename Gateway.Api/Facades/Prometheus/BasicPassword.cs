using System.Text;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>The password of Basic authentication, which is a token for a Prometheus server that can only set a user and a password; null: there is none.</summary>
internal static class BasicPassword
{
    private const string Scheme = "Basic ";

    public static string? Read(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var encoded = header.AsSpan(Scheme.Length).Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':');
        return colon < 0 ? null : text[(colon + 1)..];
    }
}
