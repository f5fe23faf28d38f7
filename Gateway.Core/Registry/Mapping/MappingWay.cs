namespace Gateway.Core.Registry.Mapping;

/// <summary>How a Kubernetes Service was given an interface; of several ways the first counts.</summary>
internal enum MappingWay
{
    /// <summary>By the Service's own annotation.</summary>
    Annotation,

    /// <summary>By a configured rule.</summary>
    Rule,

    /// <summary>By a configured target of the 2018 form.</summary>
    Target,
}
