using System.Text;

namespace Gateway.Api.Facades.Eureka;

/// <summary>Where Eureka's clients put a token: as the password of Basic, whatever the user, or as Bearer.</summary>
internal static class EurekaToken
{
    private const string Basic = "Basic ";
    private const string Bearer = "Bearer ";

    /// <summary>Null: there is no such header. What cannot be read is given as it is: it is no token, and fails as one.</summary>
    public static string? Of(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ Length: > 0 } header])
            return request.Headers.Authorization.Count == 0 ? null : request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..].Trim();
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return header;
        var encoded = header[Basic.Length..].Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return header;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var password = pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return password.Length > 0 ? password : header;
    }
}
