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
