using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Whom a registration is for, and what it may say beside the service.</summary>
internal abstract record RegistrationTarget
{
    /// <summary>Namespace of the pod to act for; together with `pod`, or neither of them for the caller's own pod.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    [JsonPropertyOrder(-1)]
    public string? Namespace { get; init; }

    /// <summary>Name of the pod to act for; together with `namespace`, or neither of them for the caller's own pod.</summary>
    /// <example>carts-1</example>
    [RegularExpression(Patterns.PodName)]
    [JsonPropertyOrder(-1)]
    public string? Pod { get; init; }

    /// <summary>Further ports, each name once.</summary>
    [MaxLength(64)]
    public IReadOnlyList<RegistrationPort>? Ports { get; init; }

    /// <summary>Seconds between two heartbeats at most; unset: no lease.</summary>
    /// <example>30</example>
    [Range(1, 86_400)]
    public int? Ttl { get; init; }

    /// <summary>
    /// The container that serves it: the instance is DOWN once that container restarts, until it registers again. `none`: bound to no run, the
    /// default when acting for another pod; else the pod's default container.
    /// </summary>
    /// <example>app</example>
    [RegularExpression(Patterns.Container)]
    public string? Container { get; init; }

    /// <summary>Further annotation formats to write it in, each once; one of the two dubbo-go formats at most.</summary>
    /// <example>["generic"]</example>
    public IReadOnlyList<MirrorFormat>? Mirrors { get; init; }
}

/// <summary>What a pod says about itself. Unknown members are refused; null is unset.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record Registration : RegistrationTarget
{
    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Service { get; init; }

    /// <summary>The port to call.</summary>
    /// <example>8080</example>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>Splits the service; empty: none.</summary>
    /// <example>blue</example>
    [RegularExpression(Patterns.Qualifier)]
    public string? Group { get; init; }

    /// <summary>Splits the service; empty: none.</summary>
    /// <example>1.0.0</example>
    [RegularExpression(Patterns.Qualifier)]
    public string? Version { get; init; }

    /// <summary>What is spoken at the port; `http` if unset.</summary>
    /// <example>http</example>
    [RegularExpression(Patterns.Protocol)]
    public string? Protocol { get; init; }

    /// <summary>Keys of 1 to 253 characters; lookups select by it.</summary>
    /// <example>{"lane":"blue"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Share of the calls; 0: none by the policy `weighted`.</summary>
    /// <example>100</example>
    [Range(0, 10_000)]
    [DefaultValue(100)]
    public int? Weight { get; init; }
}

/// <summary>A registration by a ready Dubbo URL, which says service, port, group, version, protocol, weight and metadata.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DubboUrlRegistration : RegistrationTarget
{
    /// <summary>The URL; its host is an address of the pod.</summary>
    /// <example>dubbo://10.244.1.17:20880/com.example.PriceService?version=1.0.0</example>
    public required string Url { get; init; }
}

/// <summary>A further port of a registration.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RegistrationPort
{
    /// <summary>Its name.</summary>
    /// <example>admin</example>
    [RegularExpression(Patterns.PortName)]
    public required string Name { get; init; }

    /// <summary>Its number.</summary>
    /// <example>9090</example>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>What is spoken there; that of the registration if unset.</summary>
    /// <example>http</example>
    [RegularExpression(Patterns.Protocol)]
    public string? Protocol { get; init; }
}

/// <summary>The annotation format of another system.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MirrorFormat>))]
internal enum MirrorFormat
{
    [JsonStringEnumMemberName("generic")]
    Generic,

    [JsonStringEnumMemberName("dubbo-go-1.4")]
    DubboGo14,

    [JsonStringEnumMemberName("dubbo-go-1.5")]
    DubboGo15,

    [JsonStringEnumMemberName("dubbo-java")]
    DubboJava,
}
