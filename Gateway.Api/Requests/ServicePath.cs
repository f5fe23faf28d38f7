using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Requests;

/// <summary>The service that a path of <see cref="RouteService.Pattern"/> names, as parts of its text.</summary>
internal readonly ref struct ServicePath
{
    private const string Start = "/v1/namespaces/";
    private const string Middle = "/services/";

    private ServicePath(ReadOnlySpan<char> ns, ReadOnlySpan<char> name, ReadOnlySpan<char> rest)
    {
        Namespace = ns;
        Name = name;
        Rest = rest;
    }

    public ReadOnlySpan<char> Namespace { get; }

    public ReadOnlySpan<char> Name { get; }

    /// <summary>What follows, from its slash.</summary>
    public ReadOnlySpan<char> Rest { get; }

    /// <summary>False also for paths that routing takes all the same, such as those in other letters.</summary>
    public static bool TryRead(ReadOnlySpan<char> path, out ServicePath service)
    {
        service = default;
        if (!path.StartsWith(Start, StringComparison.Ordinal))
            return false;
        path = path[Start.Length..];
        var slash = path.IndexOf('/');
        if (slash < 0 || !path[slash..].StartsWith(Middle, StringComparison.Ordinal))
            return false;
        var ns = path[..slash];
        var after = path[(slash + Middle.Length)..];
        slash = after.IndexOf('/');
        if (slash < 0)
            return false;
        service = new ServicePath(ns, after[..slash], after[slash..]);
        return true;
    }

    public ServiceKey ToKey() => new(Namespace.ToString(), Name.ToString());
}

/// <summary>Finds a key by the parts of a path.</summary>
internal sealed class ServicePathComparer : IEqualityComparer<ServiceKey>, IAlternateEqualityComparer<ServicePath, ServiceKey>
{
    public bool Equals(ServiceKey x, ServiceKey y) => x == y;

    public int GetHashCode(ServiceKey key) => HashCode.Combine(string.GetHashCode(key.Namespace), string.GetHashCode(key.Name));

    public bool Equals(ServicePath alternate, ServiceKey other) => alternate.Name.SequenceEqual(other.Name) && alternate.Namespace.SequenceEqual(other.Namespace);

    public int GetHashCode(ServicePath alternate) => HashCode.Combine(string.GetHashCode(alternate.Namespace), string.GetHashCode(alternate.Name));

    public ServiceKey Create(ServicePath alternate) => alternate.ToKey();
}
