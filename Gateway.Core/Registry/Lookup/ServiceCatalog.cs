using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// Lists of services that have an instance, whatever its status, or a Kubernetes Service, sorted by namespace and name. A page continues after the last name of the
/// page before, so services that are created or removed in between neither repeat nor hide others.
/// </summary>
public static class ServiceCatalog
{
    /// <summary>Services of one page, where the caller names no limit.</summary>
    public const int DefaultLimit = 1_000;

    /// <summary>The largest limit.</summary>
    public const int MaxLimit = 10_000;

    /// <param name="snapshot">What to list.</param>
    /// <param name="query">Which of its services.</param>
    /// <param name="mayRead">Whether the caller may read a namespace; called once for each.</param>
    public static CatalogPage List(RegistrySnapshot snapshot, CatalogQuery query, Func<string, bool>? mayRead = null)
    {
        var keys = snapshot.Sorted.Keys;
        var items = ImmutableArray.CreateBuilder<ServiceSnapshot>();
        var (readable, allowed) = (default(string), true);
        for (var i = Start(keys, query); i < keys.Length; i++)
        {
            var key = keys[i];
            if (query.Namespace is not null && key.Namespace != query.Namespace)
                break;
            if (readable != key.Namespace)
                (readable, allowed) = (key.Namespace, mayRead?.Invoke(key.Namespace) ?? true);
            if (!allowed || !snapshot.Services.TryGetValue(key, out var service) || !Fits(service, query))
                continue;
            if (items.Count == query.Limit)
                return new CatalogPage(items.ToImmutable(), ToToken(items[^1].Key), snapshot.Revision);
            items.Add(service);
        }

        return new CatalogPage(items.ToImmutable(), null, snapshot.Revision);
    }

    /// <summary>The namespaces that have a listed service, in order.</summary>
    public static ImmutableArray<string> NamespacesOf(RegistrySnapshot snapshot) => snapshot.Sorted.Namespaces;

    /// <summary>Whether the text is a valid token of a page.</summary>
    public static bool TryReadToken(string token, out ServiceKey after)
    {
        after = default;
        if (!Base64Url.IsValid(token) || token.Any(char.IsWhiteSpace))
            return false;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        var slash = text.IndexOf('/');
        if (slash <= 0 || slash == text.Length - 1)
            return false;
        after = new ServiceKey(text[..slash], text[(slash + 1)..]);
        return true;
    }

    private static string ToToken(ServiceKey last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last.ToString()));

    private static bool Fits(ServiceSnapshot service, CatalogQuery query) =>
        service.IsListed
        && (query.Prefix is null || service.Key.Name.StartsWith(query.Prefix, StringComparison.Ordinal))
        && (query.Source is not { } source || service.Summary.Sources.Contains(source));

    private static int Start(ServiceKey[] keys, CatalogQuery query)
    {
        var from = new ServiceKey(query.Namespace ?? "", query.Namespace is null ? "" : query.Prefix ?? "");
        var after = query.After is { } last && last.CompareTo(from) >= 0;
        var found = Array.BinarySearch(keys, after ? query.After!.Value : from);
        if (found < 0)
            return ~found;
        return after ? found + 1 : found;
    }
}

/// <summary>One page of a sorted list of services; <paramref name="Continue"/> is the token of the next page, null on the last.</summary>
public sealed record CatalogPage(ImmutableArray<ServiceSnapshot> Items, string? Continue, Revision Revision);

/// <summary>Which services to list; a null member does not restrict the list.</summary>
public sealed record CatalogQuery
{
    public string? Namespace { get; init; }

    /// <summary>Names that begin with this.</summary>
    public string? Prefix { get; init; }

    /// <summary>Services with an instance of this source.</summary>
    public InstanceSource? Source { get; init; }

    public int Limit { get; init; } = ServiceCatalog.DefaultLimit;

    /// <summary>Services after this one: the result of <see cref="ServiceCatalog.TryReadToken"/>.</summary>
    public ServiceKey? After { get; init; }
}
