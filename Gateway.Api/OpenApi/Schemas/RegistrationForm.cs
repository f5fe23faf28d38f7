using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The fields that every form of a registration may have.</summary>
internal abstract record FormTarget
{
    /// <summary>Namespace of the pod to act for; together with `pod`, or neither of them for the caller's own pod.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    [JsonPropertyOrder(-1)]
    public string Namespace { get; init; } = "";

    /// <summary>Name of the pod to act for; together with `namespace`, or neither of them for the caller's own pod.</summary>
    /// <example>carts-1</example>
    [RegularExpression(Patterns.PodName)]
    [JsonPropertyOrder(-1)]
    public string Pod { get; init; } = "";

    /// <summary>Seconds between two heartbeats at most; unset: no lease.</summary>
    /// <example>30</example>
    [Range(1, 86_400)]
    public int Ttl { get; init; }

    /// <summary>The container that serves it, or `none`.</summary>
    /// <example>app</example>
    [RegularExpression(Patterns.Container)]
    public string Container { get; init; } = "";

    /// <summary>Further annotation formats; the field once for each.</summary>
    /// <example>["generic"]</example>
    public IReadOnlyList<MirrorFormat> Mirrors { get; init; } = [];
}

/// <summary>A registration as form fields, for HTTP stacks without JSON. Any further field is `metadata.KEY`.</summary>
internal sealed record RegistrationForm : FormTarget
{
    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Service { get; init; }

    /// <summary>The port to call.</summary>
    /// <example>8080</example>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>Splits the service.</summary>
    /// <example>blue</example>
    [RegularExpression(Patterns.Qualifier)]
    public string Group { get; init; } = "";

    /// <summary>Splits the service.</summary>
    /// <example>1.0.0</example>
    [RegularExpression(Patterns.Qualifier)]
    public string Version { get; init; } = "";

    /// <summary>What is spoken at the port; `http` if unset.</summary>
    /// <example>http</example>
    [RegularExpression(Patterns.Protocol)]
    public string Protocol { get; init; } = "";

    /// <summary>Share of the calls; 100 if unset.</summary>
    /// <example>100</example>
    [Range(0, 10_000)]
    public int Weight { get; init; }
}

/// <summary>A registration by a ready Dubbo URL, as form fields.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DubboUrlForm : FormTarget
{
    /// <summary>The URL; its host is an address of the pod.</summary>
    /// <example>dubbo://10.244.1.17:20880/com.example.PriceService?version=1.0.0</example>
    public required string Url { get; init; }
}
