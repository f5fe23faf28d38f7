using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The providers of an interface for a Dubbo consumer.</summary>
internal sealed record DubboProviders
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    public required string Interface { get; init; }

    /// <summary>When this replica last saw the interface change; `index` and `minRevision` take it.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>The URLs, in the order of `instances`.</summary>
    /// <example>["dubbo://10.244.1.17:20880/com.example.PriceService?version=1.0.0"]</example>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Those that pass the filters.</summary>
    public required IReadOnlyList<DubboProvider> Instances { get; init; }
}

/// <summary>A provider of an interface: an instance with its URL.</summary>
internal sealed record DubboProvider : Instance
{
    /// <summary>What a Dubbo consumer can use as it is.</summary>
    /// <example>dubbo://10.244.1.17:20880/com.example.PriceService?version=1.0.0</example>
    [JsonPropertyOrder(8)]
    public required string Url { get; init; }
}

/// <summary>The instances of an application.</summary>
internal sealed record DubboApplication
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the application.</summary>
    /// <example>pricing</example>
    public required string Application { get; init; }

    /// <summary>When this replica last saw the application change; `index` and `minRevision` take it.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>Those that pass the filters.</summary>
    public required IReadOnlyList<DubboApplicationInstance> Instances { get; init; }
}

/// <summary>A service instance as Dubbo 3 has it.</summary>
internal sealed record DubboApplicationInstance
{
    /// <summary>Id of the instance.</summary>
    /// <example>7b52009b64fd0a2a49e6d8a939753077</example>
    [RegularExpression(Patterns.Id)]
    public required string Id { get; init; }

    /// <summary>Name of the application.</summary>
    /// <example>pricing</example>
    public required string ServiceName { get; init; }

    /// <summary>The pod's first address; null while it has none.</summary>
    /// <example>10.244.1.17</example>
    public required string? Host { get; init; }

    /// <summary>The port to call; null where the Service has no ports.</summary>
    /// <example>20880</example>
    [Range(1, 65_535)]
    public required int? Port { get; init; }

    /// <summary>What is spoken at the port.</summary>
    /// <example>dubbo</example>
    public required string Protocol { get; init; }

    /// <summary>False while it is OUT_OF_SERVICE.</summary>
    /// <example>true</example>
    public required bool Enabled { get; init; }

    /// <summary>Whether it is UP.</summary>
    /// <example>true</example>
    public required bool Healthy { get; init; }

    /// <summary>Whether it is to be called.</summary>
    public required InstanceStatus Status { get; init; }

    /// <summary>The flat map of Dubbo's service instances.</summary>
    /// <example>{"dubbo.metadata.revision":"4638952ef6ef27a221876e117341e395"}</example>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>A hash of the other members.</summary>
    /// <example>5fd924625f6ab16a</example>
    public required string Revision { get; init; }
}
