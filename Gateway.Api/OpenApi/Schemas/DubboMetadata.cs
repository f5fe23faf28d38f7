using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>A MetadataInfo as Dubbo 3 writes it. Further members are kept as they are.</summary>
internal sealed record DubboMetadata
{
    /// <summary>Name of the application; that of the path.</summary>
    /// <example>com.example.PriceService</example>
    public string? App { get; init; }

    /// <summary>Its revision; that of the path.</summary>
    /// <example>4638952ef6ef27a221876e117341e395</example>
    public string? Revision { get; init; }

    /// <summary>What it provides, by `group/interface:version:protocol`.</summary>
    public IReadOnlyDictionary<string, DubboService>? Services { get; init; }
}

/// <summary>A service of a MetadataInfo. Further members are kept as they are.</summary>
internal sealed record DubboService
{
    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    public required string Name { get; init; }

    /// <summary>Its group.</summary>
    /// <example>blue</example>
    public string? Group { get; init; }

    /// <summary>Its version.</summary>
    /// <example>1.0.0</example>
    public string? Version { get; init; }

    /// <summary>Its protocol.</summary>
    /// <example>dubbo</example>
    public string? Protocol { get; init; }

    /// <summary>Its port; -1 where the protocol has none of its own.</summary>
    /// <example>20880</example>
    public int? Port { get; init; }

    /// <summary>Its path.</summary>
    /// <example>com.example.PriceService</example>
    public string? Path { get; init; }

    /// <summary>The parameters of its URL.</summary>
    /// <example>{"side":"provider"}</example>
    public IReadOnlyDictionary<string, string>? Params { get; init; }
}

/// <summary>Which applications provide an interface.</summary>
internal sealed record DubboMapping
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    public required string Interface { get; init; }

    /// <summary>In order of their names.</summary>
    /// <example>["pricing"]</example>
    public required IReadOnlyList<string> Applications { get; init; }
}

/// <summary>Applications that provide an interface; an answer of the same call is taken as it is.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DubboMappingBody
{
    /// <summary>The namespace of the path.</summary>
    /// <example>shop</example>
    public string? Namespace { get; init; }

    /// <summary>The interface of the path.</summary>
    /// <example>com.example.PriceService</example>
    public string? Interface { get; init; }

    /// <summary>Names of applications.</summary>
    /// <example>["pricing"]</example>
    [MinLength(1)]
    [MaxLength(200)]
    public required IReadOnlyList<string> Applications { get; init; }
}
