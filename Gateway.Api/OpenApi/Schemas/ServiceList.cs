using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>A page of the services that the caller may read.</summary>
internal sealed record ServiceList
{
    /// <summary>In order of namespace and name.</summary>
    public required IReadOnlyList<ServiceSummary> Items { get; init; }

    /// <summary>Leads to the next page; null: this is the last one.</summary>
    /// <example>c2hvcC9vcmRlcnM</example>
    public required string? Continue { get; init; }

    /// <summary>The snapshot that answered.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }
}

/// <summary>One service, its instances counted.</summary>
internal sealed record ServiceSummary
{
    /// <summary>Namespace of the service.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    public required string Name { get; init; }

    /// <summary>Its instances by status.</summary>
    public required InstanceCounts Instances { get; init; }

    /// <summary>The groups of its instances.</summary>
    /// <example>["blue"]</example>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The versions of its instances.</summary>
    /// <example>["1.0.0"]</example>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>The protocols of its instances.</summary>
    /// <example>["http"]</example>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>The sources of its instances.</summary>
    public required IReadOnlyList<InstanceSource> Sources { get; init; }
}

/// <summary>Instances by status; a status that none has is absent.</summary>
internal sealed record InstanceCounts
{
    /// <summary>To be called.</summary>
    /// <example>3</example>
    [JsonPropertyName("UP")]
    [Range(1, int.MaxValue)]
    public int Up { get; init; }

    /// <summary>Not ready yet.</summary>
    /// <example>1</example>
    [JsonPropertyName("STARTING")]
    [Range(1, int.MaxValue)]
    public int Starting { get; init; }

    /// <summary>Taken out of rotation.</summary>
    /// <example>1</example>
    [JsonPropertyName("OUT_OF_SERVICE")]
    [Range(1, int.MaxValue)]
    public int OutOfService { get; init; }

    /// <summary>Restarted without registering again, or without heartbeat.</summary>
    /// <example>1</example>
    [JsonPropertyName("DOWN")]
    [Range(1, int.MaxValue)]
    public int Down { get; init; }

    /// <summary>Of pods that are being deleted.</summary>
    /// <example>1</example>
    [JsonPropertyName("TERMINATING")]
    [Range(1, int.MaxValue)]
    public int Terminating { get; init; }
}
