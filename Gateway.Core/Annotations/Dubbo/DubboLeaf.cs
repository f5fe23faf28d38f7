namespace Gateway.Core.Annotations.Dubbo;

/// <summary>The last segment of a Dubbo record's key: a URL, escaped as a whole.</summary>
internal static class DubboLeaf
{
    /// <summary>Null with a reason when the leaf is not a URL. A leaf that was escaped twice is read too.</summary>
    public static DubboUrl? Parse(string leaf, out string reason)
    {
        reason = "";
        if (GoQuery.Unescape(leaf) is not { } text)
        {
            reason = "the key's last segment is not escaped correctly";
            return null;
        }

        if (DubboUrl.Parse(text) is { } url)
            return url;
        if (GoQuery.Unescape(text) is { } again && DubboUrl.Parse(again) is { } deeper)
            return deeper;
        reason = "the key's last segment is not a URL";
        return null;
    }
}

/// <summary>
/// The parsed key of a Dubbo record, <c>/root/service/role/leaf</c>, with any root; <paramref name="Service"/> is unescaped, <paramref
/// name="Leaf"/> is not. A key without a leaf is a directory and parses to null.
/// </summary>
internal readonly record struct DubboKeyPath(bool IsConsumer, string Service, string Leaf)
{
    private const string Providers = "/providers/";
    private const string Consumers = "/consumers/";

    public static DubboKeyPath? Parse(string key)
    {
        // The leaf is escaped and contains no slash, so the last role counts: a service may itself be called "providers".
        var provider = key.LastIndexOf(Providers, StringComparison.Ordinal);
        var consumer = key.LastIndexOf(Consumers, StringComparison.Ordinal);
        var role = Math.Max(provider, consumer);
        if (role < 0 || role + Providers.Length == key.Length)
            return null;

        var service = role == 0 ? "" : key[(key.LastIndexOf('/', role - 1) + 1)..role];
        return new(consumer > provider, GoQuery.Unescape(service) ?? service, key[(role + Providers.Length)..]);
    }
}
