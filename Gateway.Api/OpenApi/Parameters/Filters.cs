using System.Text.Json.Serialization;
using Gateway.Api.OpenApi.Schemas;

namespace Gateway.Api.OpenApi.Parameters;

/// <summary>Which instances a lookup, a pick or a stream holds.</summary>
internal sealed record Filters
{
    /// <summary>Only this protocol.</summary>
    /// <example>http</example>
    public string? Protocol { get; init; }

    /// <summary>Only these statuses; UP if unset. `any`: all.</summary>
    /// <example>["UP"]</example>
    public IReadOnlyList<StatusFilter>? Status { get; init; }

    /// <summary>Only those whose metadata fits: label-selector syntax, at most 1,024 bytes, 32 requirements and 100 values.</summary>
    /// <example>lane=blue,tier in (a,b)</example>
    public string? Selector { get; init; }

    /// <summary>Only this zone.</summary>
    /// <example>zone-a</example>
    public string? Zone { get; init; }

    /// <summary>Those of this zone if there are any, else all.</summary>
    /// <example>zone-a</example>
    public string? PreferZone { get; init; }

    /// <summary>Only this node.</summary>
    /// <example>node-1</example>
    public string? Node { get; init; }

    /// <summary>Those of this node if there are any, else those of `preferZone`, else all.</summary>
    /// <example>node-1</example>
    public string? PreferNode { get; init; }

    /// <summary>`fallback`: where nothing is UP, those TERMINATING that still serve.</summary>
    public TerminatingUse? Terminating { get; init; }

    /// <summary>Only this source.</summary>
    public InstanceSource? Source { get; init; }
}

/// <summary>When instances that are TERMINATING are held.</summary>
[JsonConverter(typeof(KebabCaseNames<TerminatingUse>))]
internal enum TerminatingUse
{
    Fallback,
}

/// <summary>Group and version, compared as they are.</summary>
internal sealed record Qualifiers
{
    /// <summary>Only this group; empty: those without one.</summary>
    /// <example>blue</example>
    public string? Group { get; init; }

    /// <summary>Only this version; empty: those without one.</summary>
    /// <example>1.0.0</example>
    public string? Version { get; init; }
}

/// <summary>Group and version, compared as Dubbo does.</summary>
internal sealed record DubboQualifiers
{
    /// <summary>Only this group; `*`: any; a comma list: one of these; empty: those without one.</summary>
    /// <example>g1,g2</example>
    public string? Group { get; init; }

    /// <summary>Only this version; `*`: any; a comma list: one of these; empty: those without one.</summary>
    /// <example>*</example>
    public string? Version { get; init; }
}

/// <summary>A status to hold, or `any` for all.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StatusFilter>))]
internal enum StatusFilter
{
    [JsonStringEnumMemberName("UP")]
    Up,

    [JsonStringEnumMemberName("STARTING")]
    Starting,

    [JsonStringEnumMemberName("OUT_OF_SERVICE")]
    OutOfService,

    [JsonStringEnumMemberName("DOWN")]
    Down,

    [JsonStringEnumMemberName("TERMINATING")]
    Terminating,

    [JsonStringEnumMemberName("any")]
    Any,
}
