using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// A Dubbo URL, <c>protocol://host:port/path?name=value&amp;...</c>. <see cref="Host"/> is "" and <see cref="Port"/> null where the URL has
/// none; an IPv6 host has no brackets. <see cref="Path"/> has no leading slash. Parameters are sorted by name.
/// </summary>
internal sealed record DubboUrl(string Protocol, string Host, int? Port, string Path, ImmutableSortedDictionary<string, string> Parameters)
{
    /// <summary>The metadata member of a path that differs from the interface.</summary>
    public const string PathMember = "path";

    private static readonly SearchValues<char> EndsAPath = SearchValues.Create("?#&% \t\r\n");

    /// <summary>Whether the gateway wrote it.</summary>
    public bool IsOurs => Parameters.ContainsKey(DubboKeys.OwnId);

    /// <summary>A parameter, or its fallback with the prefix <c>default.</c>; "" where both are absent or empty.</summary>
    public string this[string name] =>
        Parameters.TryGetValue(name, out var value) && value.Length > 0 ? value : Parameters.GetValueOrDefault("default." + name, "");

    /// <summary>Whether the protocol is a valid URL scheme (RFC 3986, section 3.1).</summary>
    public static bool IsScheme(string protocol) =>
        protocol.Length is > 0 and <= RegistrationRules.MaxNameLength && char.IsAsciiLetter(protocol[0])
        && protocol.All(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');

    /// <summary>The path under which a provider is exported: the one in its metadata if it is valid, else the interface.</summary>
    public static string PathOf(ImmutableSortedDictionary<string, string> metadata, string service) =>
        metadata.GetValueOrDefault(PathMember, "").TrimStart('/') is { Length: > 0 } path && !path.AsSpan().ContainsAny(EndsAPath) ? path : service;

    /// <summary>Null when <paramref name="text"/> has no scheme.</summary>
    public static DubboUrl? Parse(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0 || !IsScheme(text[..scheme]))
            return null;

        var rest = text[(scheme + 3)..];
        var query = "";
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        if (mark >= 0)
            (rest, query) = (rest[..mark], rest[(mark + 1)..]);

        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..].TrimStart('/'));
        var (host, port) = ParseAuthority(authority[(authority.LastIndexOf('@') + 1)..]);
        return new(text[..scheme], host, port, path, ParseQuery(query));
    }

    /// <summary>Values are percent-encoded, so that any value survives: readers of both dubbo-go generations unescape them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Protocol).Append("://").Append(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host);
        if (Port is { } port)
            text.Append(CultureInfo.InvariantCulture, $":{port}");
        text.Append('/').Append(Path);
        var separator = '?';
        foreach (var (name, value) in Parameters)
        {
            text.Append(separator).Append(GoQuery.Escape(name)).Append('=').Append(GoQuery.Escape(value));
            separator = '&';
        }

        return text.ToString();
    }

    // Several addresses may be listed, as for a cluster of registries: the first one with a port counts.
    private static (string Host, int? Port) ParseAuthority(string authority)
    {
        foreach (var address in authority.Split(','))
        {
            var colon = address.LastIndexOf(':');
            if (colon < 0 || address.EndsWith(']'))
                continue;
            var host = address[..colon].TrimStart('[').TrimEnd(']');
            if (int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                return (host, port);
        }

        return (authority.Split(',')[0].TrimStart('[').TrimEnd(']'), null);
    }

    private static ImmutableSortedDictionary<string, string> ParseQuery(string query)
    {
        var parameters = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);

            // dubbo-go 1.5 writes values unescaped: a value that cannot be unescaped is taken as it is.
            parameters.TryAdd(GoQuery.Unescape(name) ?? name, GoQuery.Unescape(value) ?? value);
        }

        return parameters.ToImmutable();
    }
}
