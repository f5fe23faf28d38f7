using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Core.Registry.Lookup;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Api.OpenApi.Parameters;

/// <summary>Conditional and waiting lookups.</summary>
internal sealed record Waiting
{
    /// <summary>A revision: the answer comes as soon as the service changed after it, or at the end of `wait`.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public string? Index { get; init; }

    /// <summary>How long to wait for a change; 5m if unset, at most 10m.</summary>
    /// <example>30s</example>
    public string? Wait { get; init; }

    /// <summary>A revision: the answer comes once this replica has seen it, after at most 10 s, then 504.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public string? MinRevision { get; init; }

    /// <summary>A time (RFC 3339): the service as this replica showed it then; 404 `no-history` where its history does not reach back that far.</summary>
    /// <example>2026-11-20T12:00:00Z</example>
    public DateTimeOffset? At { get; init; }

    /// <summary>An ETag: 304 where nothing changed.</summary>
    /// <example>W/"6f1ed002ab5595859014ebf0951522d9"</example>
    [FromHeader]
    [JsonPropertyName("If-None-Match")]
    public string? IfNoneMatch { get; init; }
}

/// <summary>How one instance is chosen.</summary>
internal sealed record Picking
{
    /// <summary>How to choose; `random` if unset.</summary>
    public PickPolicy? Policy { get; init; }

    /// <summary>What `consistent-hash` goes by; required with it.</summary>
    /// <example>customer-4711</example>
    public string? Key { get; init; }
}

/// <summary>How one instance is chosen: any, in turn, by weight, or by the hash of a key, equal on every replica.</summary>
[JsonConverter(typeof(KebabCaseNames<PickPolicy>))]
internal enum PickPolicy
{
    Random,
    RoundRobin,
    Weighted,
    ConsistentHash,
}

/// <summary>Which services a list holds.</summary>
internal sealed record CatalogParameters
{
    /// <summary>Only this namespace.</summary>
    /// <example>shop</example>
    [TryItOut]
    public string? Namespace { get; init; }

    /// <summary>Only names that begin with this.</summary>
    /// <example>com.example.</example>
    public string? Prefix { get; init; }

    /// <summary>Only services with an instance of this source.</summary>
    public InstanceSource? Source { get; init; }

    /// <summary>At most so many; `continue` of the answer leads on.</summary>
    /// <example>10</example>
    [TryItOut]
    [Range(1, ServiceCatalog.MaxLimit)]
    [DefaultValue(ServiceCatalog.DefaultLimit)]
    public int? Limit { get; init; }

    /// <summary>`continue` of the page before.</summary>
    /// <example>c2hvcC9vcmRlcnM</example>
    public string? Continue { get; init; }
}

/// <summary>Which interfaces a list holds.</summary>
internal sealed record InterfaceParameters
{
    /// <summary>Only names that begin with this.</summary>
    /// <example>com.example.</example>
    public string? Prefix { get; init; }
}

/// <summary>What is explained.</summary>
internal sealed record ExplainParameters
{
    /// <summary>Namespace of the service.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Namespace { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>orders</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Service { get; init; }

    /// <summary>Only this pod; all of the service if unset.</summary>
    /// <example>orders-1</example>
    public string? Pod { get; init; }
}

/// <summary>Which changes a history holds.</summary>
internal sealed record HistoryParameters
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Namespace { get; init; }

    /// <summary>Only this service.</summary>
    /// <example>orders</example>
    public string? Service { get; init; }

    /// <summary>Only changes at that time (RFC 3339) or later.</summary>
    /// <example>2026-11-20T12:00:00Z</example>
    public DateTimeOffset? Since { get; init; }

    /// <summary>At most so many: the latest; 1000 if unset.</summary>
    /// <example>100</example>
    [Range(1, 10_000)]
    public int? Limit { get; init; }
}

/// <summary>Whose consumers are listed: `service` or `pod`.</summary>
internal sealed record ConsumerParameters
{
    /// <summary>The namespace of the service, or of the pod.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Namespace { get; init; }

    /// <summary>Who consumes this service.</summary>
    /// <example>orders</example>
    [TryItOut]
    public string? Service { get; init; }

    /// <summary>What this pod consumes.</summary>
    /// <example>carts-1</example>
    public string? Pod { get; init; }
}
