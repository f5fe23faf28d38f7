using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests.Annotations;

/// <summary>
/// dubbo-go's own reading and writing, from its documented behaviour: strict base64 (URL-safe, padded), a JSON array of k and v, the first
/// "/providers/", QueryUnescape, a URL, and a second unescape of each value. Shares nothing with the product.
/// </summary>
internal static class SdkCodec
{
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    public static List<(string Key, string Value)> Decode(string annotation)
    {
        using var document = JsonDocument.Parse(Base64(annotation));
        return [.. document.RootElement.EnumerateArray().Select(item => (item.GetProperty("k").GetString()!, item.GetProperty("v").GetString()!))];
    }

    public static string Encode(params IEnumerable<(string Key, string Value)> records) =>
        EncodeText($"[{string.Join(',', records.Select(record => JsonSerializer.Serialize(new { k = record.Key, v = record.Value })))}]");

    public static string EncodeText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var encoded = new StringBuilder();
        for (var i = 0; i < bytes.Length; i += 3)
        {
            var left = Math.Min(3, bytes.Length - i);
            var bits = (bytes[i] << 16) | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
            encoded.Append(Alphabet[bits >> 18]).Append(Alphabet[(bits >> 12) & 63])
                .Append(left > 1 ? Alphabet[(bits >> 6) & 63] : '=').Append(left > 2 ? Alphabet[bits & 63] : '=');
        }

        return encoded.ToString();
    }

    public static SdkRecord? Provider(string key)
    {
        var at = key.IndexOf("/providers/", StringComparison.Ordinal);
        if (at < 0)
            return null;

        var url = Unescape(key[(at + "/providers/".Length)..]);
        var fragment = url.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
            url = url[..fragment];
        var (scheme, rest) = Split(url, "://");
        var (location, query) = Split(rest, "?");
        var (authority, path) = Split(location, "/");
        var colon = authority.LastIndexOf(':');
        var host = authority[..colon];
        if (host.Contains(':', StringComparison.Ordinal))
            host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : throw new FormatException("too many colons in address");
        var parameters = query.Split('&').Select(pair => Split(pair, "=")).ToDictionary(pair => Unescape(pair.Item1), pair => Unescape(pair.Item2));
        return new(scheme, host, int.Parse(authority[(colon + 1)..], CultureInfo.InvariantCulture), path, parameters);
    }

    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (value == ' ')
                escaped.Append('+');
            else if (Unreserved.Contains((char)value, StringComparison.Ordinal))
                escaped.Append((char)value);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return escaped.ToString();
    }

    /// <summary>A leaf in dubbo-go 1.4's way: values escaped, then the whole.</summary>
    public static (string Key, string Value) Leaf(string role, string scheme, string authority, string service, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var query = string.Join('&', parameters.Select(parameter => $"{Escape(parameter.Key)}={Escape(parameter.Value)}"));
        return ($"/dubbo/{Escape(service)}/{role}/{Escape($"{scheme}://{authority}/{service}?{query}")}", "");
    }

    public static (string Key, string Value) Leaf(string rawUrl, string service = "com.example.Foo", string role = "providers") =>
        ($"/dubbo/{service}/{role}/{Escape(rawUrl)}", "");

    public static string Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else if (text[i] == '+')
            {
                bytes.Add((byte)' ');
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static byte[] Base64(string text)
    {
        if (text.Length % 4 != 0)
            throw new FormatException("illegal base64");
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i += 4)
        {
            var group = text.Substring(i, 4).TrimEnd('=');
            var bits = 0;
            for (var j = 0; j < 4; j++)
            {
                var digit = j < group.Length ? Alphabet.IndexOf(group[j], StringComparison.Ordinal) : 0;
                bits = (bits << 6) | (digit >= 0 ? digit : throw new FormatException("illegal base64"));
            }

            byte[] three = [(byte)(bits >> 16), (byte)(bits >> 8), (byte)bits];
            bytes.AddRange(three[..(group.Length - 1)]);
        }

        return [.. bytes];
    }

    private static (string, string) Split(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + separator.Length)..]);
    }
}
