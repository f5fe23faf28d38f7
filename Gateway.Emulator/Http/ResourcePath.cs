using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http;

/// <summary>
/// A path below <c>/api/v1</c> or <c>/apis/group/version</c>. An empty <paramref name="Namespace"/> with a namespaced kind means all
/// namespaces; an empty <paramref name="Name"/> means the collection.
/// </summary>
internal sealed record ResourcePath(ResourceKind Kind, string Namespace, string Name, string Subresource, bool IsWatchPath)
{
    /// <summary>Null when the path is not one of a stored kind.</summary>
    public static ResourcePath? TryParse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).AsSpan();
        string group, version;
        switch (parts)
        {
            case ["api", var core, .. var rest]:
                (group, version) = ("", core);
                parts = rest;
                break;
            case ["apis", var named, var its, .. var rest]:
                (group, version) = (named, its);
                parts = rest;
                break;
            default:
                return null;
        }
        var watch = parts is ["watch", ..];
        if (watch)
            parts = parts[1..];
        var ns = "";
        if (parts is ["namespaces", var of, var plural, ..] && ResourceKinds.Find(group, version, plural) is { Namespaced: true })
        {
            ns = of;
            parts = parts[2..];
        }
        if (parts.Length is 0 or > 3 || ResourceKinds.Find(group, version, parts[0]) is not { } kind)
            return null;
        if (kind.Namespaced && ns.Length == 0 && parts.Length > 1)
            return null;
        return new ResourcePath(kind, ns, parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "", watch);
    }
}
