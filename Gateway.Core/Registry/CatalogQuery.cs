using Gateway.Core.Annotations;

namespace Gateway.Core.Registry;

/// <summary>Which services to list; a null member does not restrict the list.</summary>
public sealed record CatalogQuery
{
    public string? Namespace { get; init; }

    /// <summary>Names that begin with this.</summary>
    public string? Prefix { get; init; }

    /// <summary>Services with an instance of this source.</summary>
    public InstanceSource? Source { get; init; }

    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Services after this one: the result of <see cref="ServiceCatalog.TryReadToken"/>.</summary>
    public ServiceKey? After { get; init; }
}
