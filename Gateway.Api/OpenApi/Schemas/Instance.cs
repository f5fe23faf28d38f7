using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>One provider of a service, backed by a pod or by an endpoint without one. Unset members are null, never absent.</summary>
internal record Instance
{
    /// <summary>Equal for the same pod, service, group, version, protocol and port, on every replica.</summary>
    /// <example>7b52009b64fd0a2a49e6d8a939753077</example>
    [RegularExpression(Patterns.Id)]
    public required string Id { get; init; }

    /// <summary>Namespace of the service and of its pods.</summary>
    /// <example>shop</example>
    [RegularExpression(Patterns.Namespace)]
    public required string Namespace { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    [RegularExpression(Patterns.ServiceName)]
    public required string Service { get; init; }

    /// <summary>Group of the service; empty: none.</summary>
    /// <example>blue</example>
    [RegularExpression(Patterns.Qualifier)]
    public required string Group { get; init; }

    /// <summary>Version of the service; empty: none.</summary>
    /// <example>1.0.0</example>
    [RegularExpression(Patterns.Qualifier)]
    public required string Version { get; init; }

    /// <summary>The pod's first address; null while it has none.</summary>
    /// <example>10.244.1.17</example>
    public required string? Address { get; init; }

    /// <summary>All addresses of the pod, of both families.</summary>
    /// <example>["10.244.1.17"]</example>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>The port to call; null where the Service has no ports.</summary>
    /// <example>8080</example>
    [Range(1, 65_535)]
    public required int? Port { get; init; }

    /// <summary>Further ports.</summary>
    public required IReadOnlyList<InstancePort> Ports { get; init; }

    /// <summary>What is spoken at the port.</summary>
    /// <example>http</example>
    public required string Protocol { get; init; }

    /// <summary>Whether the instance is to be called.</summary>
    public required InstanceStatus Status { get; init; }

    /// <summary>Why it is STARTING, DOWN or OUT_OF_SERVICE; else null.</summary>
    public required StatusReason? Reason { get; init; }

    /// <summary>Its share of the calls; 0: none by the policy `weighted`.</summary>
    /// <example>100</example>
    [Range(0, 10_000)]
    public required int Weight { get; init; }

    /// <summary>The pod; null for an endpoint without one.</summary>
    public required InstancePod? Pod { get; init; }

    /// <summary>What the provider says about itself.</summary>
    /// <example>{"lane":"blue"}</example>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Where the instance came from.</summary>
    public required InstanceSource Source { get; init; }

    /// <summary>When it registered; null where nothing says so.</summary>
    /// <example>2026-11-27T08:15:30Z</example>
    public required DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>Its DNS names, where its endpoint has a hostname, as the pods of a StatefulSet do; else null.</summary>
    public required InstanceHostname? Hostname { get; init; }

    /// <summary>
    /// A hash of the other members. In the answer to a write of one registration: the revision from which on every lookup with `status=any`
    /// shows it.
    /// </summary>
    /// <example>5fd924625f6ab16a</example>
    [JsonPropertyOrder(9)]
    public required string Revision { get; init; }
}

/// <summary>The DNS names of one instance.</summary>
internal sealed record InstanceHostname
{
    /// <summary>The hostname of the endpoint.</summary>
    /// <example>carts-0</example>
    public required string Short { get; init; }

    /// <summary>Below the name of the Service, without the cluster's domain.</summary>
    /// <example>carts-0.carts.shop.svc</example>
    public required string Full { get; init; }
}

/// <summary>One of several ports of an instance.</summary>
internal sealed record InstancePort
{
    /// <summary>Its name; null where it has none.</summary>
    /// <example>admin</example>
    public required string? Name { get; init; }

    /// <summary>Its number.</summary>
    /// <example>9090</example>
    [Range(1, 65_535)]
    public required int Port { get; init; }

    /// <summary>What is spoken there.</summary>
    /// <example>http</example>
    public required string Protocol { get; init; }
}

/// <summary>The pod behind an instance.</summary>
internal sealed record InstancePod
{
    /// <summary>Its name.</summary>
    /// <example>carts-1</example>
    public required string Name { get; init; }

    /// <summary>Its uid: another pod of the same name has another one.</summary>
    /// <example>3f0c8f2e-5c5f-4d0e-9a54-0c1f0f1c4a11</example>
    public required string Uid { get; init; }

    /// <summary>The node it runs on; null while it is not scheduled.</summary>
    /// <example>node-1</example>
    public required string? Node { get; init; }

    /// <summary>The zone of that node; null where it is not known.</summary>
    /// <example>zone-a</example>
    public required string? Zone { get; init; }
}

/// <summary>Whether an instance is to be called. Lookups, picks and streams hold UP unless asked otherwise.</summary>
[JsonConverter(typeof(UpperCaseNames<InstanceStatus>))]
internal enum InstanceStatus
{
    Up,
    Starting,
    OutOfService,
    Down,
    Terminating,
}

/// <summary>
/// Why an instance is STARTING (NoPodIP, NotReady), DOWN (ContainerRestarted, LeaseExpired; name-reserved: a registration that its pod reads by its
/// id, and that no lookup lists) or OUT_OF_SERVICE (SetByPod, until its next POST; SetByOperator, until it is set to UP; Client..., as a client of another
/// registry said of itself, until it says that it is up).
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<StatusReason>))]
internal enum StatusReason
{
    NoPodIP,
    NotReady,
    ContainerRestarted,
    LeaseExpired,
    SetByPod,
    SetByOperator,
    ClientDown,
    ClientStarting,
    ClientOutOfService,
    ClientCritical,
    ClientWarning,
    ClientMaintenance,
    ClientDisabled,

    [JsonStringEnumMemberName("name-reserved")]
    NameReserved,
}

/// <summary>Where an instance came from: registered here, a pod template, annotations of other systems, or a Kubernetes Service.</summary>
[JsonConverter(typeof(KebabCaseNames<InstanceSource>))]
internal enum InstanceSource
{
    Gateway,
    Declared,
    DubboJava,
    DubboGo,
    Generic,
    Endpoints,
}
