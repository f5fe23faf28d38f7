namespace Gateway.Core.Registry.Mapping;

/// <summary>How an interface came to a Kubernetes Service; of several ways the first counts.</summary>
internal enum MappingWay
{
    /// <summary>The Service's own annotation says so.</summary>
    Annotation,

    /// <summary>A configured rule.</summary>
    Rule,

    /// <summary>A configured target of the 2018 form.</summary>
    Target,
}
