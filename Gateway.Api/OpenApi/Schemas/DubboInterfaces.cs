namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The Dubbo interfaces of a namespace, provided or consumed.</summary>
internal sealed record DubboInterfaces
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>The snapshot that answered.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>In order of their names.</summary>
    public required IReadOnlyList<DubboInterface> Items { get; init; }
}

/// <summary>One interface, its providers and consumers counted.</summary>
internal sealed record DubboInterface
{
    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    public required string Interface { get; init; }

    /// <summary>Its providers by status.</summary>
    public required InstanceCounts Providers { get; init; }

    /// <summary>Pods that say that they consume it.</summary>
    /// <example>2</example>
    public required int Consumers { get; init; }

    /// <summary>The groups of its providers.</summary>
    /// <example>["blue"]</example>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The versions of its providers.</summary>
    /// <example>["1.0.0"]</example>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>The protocols of its providers.</summary>
    /// <example>["dubbo"]</example>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>The applications that provide it.</summary>
    /// <example>["pricing"]</example>
    public required IReadOnlyList<string> Applications { get; init; }
}

/// <summary>The pods that say that they consume an interface.</summary>
internal sealed record DubboConsumers
{
    /// <summary>The namespace.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the interface.</summary>
    /// <example>com.example.PriceService</example>
    public required string Interface { get; init; }

    /// <summary>The snapshot that answered.</summary>
    /// <example>AQEBAIDx6xcJBbgCAAEAAg</example>
    public required string Revision { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>Those that pass the filters.</summary>
    public required IReadOnlyList<DubboConsumer> Consumers { get; init; }
}

/// <summary>A pod that consumes an interface.</summary>
internal sealed record DubboConsumer
{
    /// <summary>As Dubbo's own tools show it.</summary>
    /// <example>consumer://10.244.1.9/com.example.PriceService?side=consumer</example>
    public required string Url { get; init; }

    /// <summary>Its address; null where neither the record nor the pod has one.</summary>
    /// <example>10.244.1.9</example>
    public required string? Address { get; init; }

    /// <summary>The group it asks for; empty: none.</summary>
    /// <example>blue</example>
    public required string Group { get; init; }

    /// <summary>The version it asks for; empty: none.</summary>
    /// <example>1.0.0</example>
    public required string Version { get; init; }

    /// <summary>The protocol it asks for; empty: any.</summary>
    /// <example>dubbo</example>
    public required string Protocol { get; init; }

    /// <summary>The pod.</summary>
    public required DubboConsumerPod Pod { get; init; }

    /// <summary>The parameters of its URL.</summary>
    /// <example>{"application":"shopfront"}</example>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The format of the record.</summary>
    public required InstanceSource Source { get; init; }

    /// <summary>When it registered; null where nothing says so.</summary>
    /// <example>2026-11-27T08:15:30Z</example>
    public required DateTimeOffset? RegisteredAt { get; init; }
}

/// <summary>The pod of a consumer.</summary>
internal sealed record DubboConsumerPod
{
    /// <summary>Its name.</summary>
    /// <example>shopfront-1</example>
    public required string Name { get; init; }

    /// <summary>Its uid.</summary>
    /// <example>3f0c8f2e-5c5f-4d0e-9a54-0c1f0f1c4a11</example>
    public required string Uid { get; init; }

    /// <summary>The node it runs on; null while it is not scheduled.</summary>
    /// <example>node-1</example>
    public required string? Node { get; init; }
}
