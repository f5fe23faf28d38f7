using System.Text.Json.Serialization;
using Gateway.Api.OpenApi.Schemas;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Api.OpenApi.Parameters;

/// <summary>How a stream begins and ends.</summary>
internal sealed record StreamBounds
{
    /// <summary>Ends the stream after this time; at most 24h.</summary>
    /// <example>10s</example>
    [TryItOut]
    public string? Timeout { get; init; }

    /// <summary>The first state as one event `snapshot` (if unset), or as events `added` and then `synced`.</summary>
    public InitialEvents? Initial { get; init; }

    /// <summary>Id of the last event that was received; the stream goes on from there, on any replica.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg.q83vEjRWeJA</example>
    [FromHeader]
    [JsonPropertyName("Last-Event-ID")]
    public string? LastEventId { get; init; }
}

/// <summary>How the first state is sent.</summary>
[JsonConverter(typeof(KebabCaseNames<InitialEvents>))]
internal enum InitialEvents
{
    Snapshot,
    Events,
}

/// <summary>The services of one stream: named ones, or all of a namespace.</summary>
internal sealed record StreamedServices
{
    /// <summary>`namespace/name` of each service; or `namespace`.</summary>
    /// <example>["shop/orders"]</example>
    [TryItOut]
    public IReadOnlyList<string>? Service { get; init; }

    /// <summary>All services of this namespace, instead of `service`.</summary>
    /// <example>shop</example>
    public string? Namespace { get; init; }
}
