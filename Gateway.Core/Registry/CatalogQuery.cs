using Gateway.Core.Annotations;

namespace Gateway.Core.Registry;

/// <summary>Which services a list is asked for; null: not asked.</summary>
public sealed record CatalogQuery
{
    public string? Namespace { get; init; }

    /// <summary>Names that begin with this.</summary>
    public string? Prefix { get; init; }

    /// <summary>Services with an instance of this source.</summary>
    public InstanceSource? Source { get; init; }

    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Behind this one: what <see cref="ServiceCatalog.TryReadToken"/> read.</summary>
    public ServiceKey? After { get; init; }
}
