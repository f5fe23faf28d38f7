using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>What the annotations of one pod, or of all pods of a namespace, register.</summary>
internal sealed record OwnRegistrations
{
    /// <summary>Pod by pod: readable ones as lookups show them, then unreadable ones and those with a reserved name.</summary>
    public required IReadOnlyList<OwnRegistration> Items { get; init; }
}

/// <summary>
/// An instance with all its members or, with status UNREADABLE, a record of an annotation that is not served: then there are `id`, `namespace`, `pod`,
/// `source`, `annotation`, `status` and `reason` alone. It could not be read, or (the reason begins with `name-reserved`) it names a Service that does not
/// select the pod.
/// </summary>
internal sealed record OwnRegistration
{
    /// <summary>Id of the registration; null for an unreadable record whose annotation has none.</summary>
    /// <example>7b52009b64fd0a2a49e6d8a939753077</example>
    public required string? Id { get; init; }

    /// <summary>The annotation of an unreadable record.</summary>
    /// <example>registry-gateway.io/declare</example>
    public string? Annotation { get; init; }

    /// <summary>Namespace of the service and of the pod.</summary>
    /// <example>shop</example>
    public string? Namespace { get; init; }

    /// <summary>Name of the service.</summary>
    /// <example>com.example.PriceService</example>
    public string? Service { get; init; }

    /// <summary>Group of the service; empty: none.</summary>
    /// <example>blue</example>
    public string? Group { get; init; }

    /// <summary>Version of the service; empty: none.</summary>
    /// <example>1.0.0</example>
    public string? Version { get; init; }

    /// <summary>The pod's first address; null while it has none.</summary>
    /// <example>10.244.1.17</example>
    public string? Address { get; init; }

    /// <summary>All addresses of the pod.</summary>
    /// <example>["10.244.1.17"]</example>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>The port to call.</summary>
    /// <example>8080</example>
    public int? Port { get; init; }

    /// <summary>Further ports.</summary>
    public IReadOnlyList<InstancePort>? Ports { get; init; }

    /// <summary>What is spoken at the port.</summary>
    /// <example>http</example>
    public string? Protocol { get; init; }

    /// <summary>Status of the instance, or UNREADABLE.</summary>
    public required RegistrationStatus Status { get; init; }

    /// <summary>Why it is STARTING or DOWN, or in a sentence why it is not served; else null.</summary>
    /// <example>NotReady</example>
    public required string? Reason { get; init; }

    /// <summary>Share of the calls.</summary>
    /// <example>100</example>
    public int? Weight { get; init; }

    /// <summary>The pod.</summary>
    public OwnRegistrationPod? Pod { get; init; }

    /// <summary>What the provider says about itself.</summary>
    /// <example>{"lane":"blue"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The format of the record.</summary>
    public required InstanceSource Source { get; init; }

    /// <summary>When it registered; null where nothing says so.</summary>
    /// <example>2026-11-27T08:15:30Z</example>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>A hash of the other members.</summary>
    /// <example>5fd924625f6ab16a</example>
    public string? Revision { get; init; }

    /// <summary>Its DNS names, where its endpoint has a hostname; else null.</summary>
    public InstanceHostname? Hostname { get; init; }

    /// <summary>How it is in each further annotation format now, by the name of the format.</summary>
    public IReadOnlyDictionary<string, MirrorResult>? Mirrors { get; init; }
}

/// <summary>Status of an instance, or UNREADABLE for a record that is not served.</summary>
[JsonConverter(typeof(UpperCaseNames<RegistrationStatus>))]
internal enum RegistrationStatus
{
    Up,
    Starting,
    OutOfService,
    Down,
    Terminating,
    Unreadable,
}

/// <summary>The pod whose annotation it is; without node and zone for an unreadable record.</summary>
internal sealed record OwnRegistrationPod
{
    /// <summary>Name of the pod.</summary>
    /// <example>carts-1</example>
    public required string Name { get; init; }

    /// <summary>Uid of the pod.</summary>
    /// <example>c2a0ffa1-8c64-4d3a-9d3e-5a8b7c6d1e2f</example>
    public required string Uid { get; init; }

    /// <summary>Node that it runs on; null: unknown.</summary>
    /// <example>node-1</example>
    public string? Node { get; init; }

    /// <summary>Zone of that node; null: unknown.</summary>
    /// <example>zone-a</example>
    public string? Zone { get; init; }
}
