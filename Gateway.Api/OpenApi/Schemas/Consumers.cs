using System.ComponentModel.DataAnnotations;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Who looked a service up or subscribed to it within a day.</summary>
internal sealed record Consumers
{
    /// <summary>By namespace, workload and pod.</summary>
    public required IReadOnlyList<Consumer> Items { get; init; }

    /// <summary>How many more there are in namespaces that the caller may not read.</summary>
    /// <example>0</example>
    [Range(0, int.MaxValue)]
    public required int Hidden { get; init; }
}

/// <summary>One pod, or one address where no pod is known, as a consumer of one service by one protocol.</summary>
internal sealed record Consumer
{
    /// <summary>The Deployment or StatefulSet that the pod is of, by its name and labels; else the pod's name. Null where no pod is known.</summary>
    /// <example>carts</example>
    public required string? Workload { get; init; }

    /// <summary>The consumer's namespace; null where no pod is known.</summary>
    /// <example>shop</example>
    public required string? Namespace { get; init; }

    /// <summary>The pod; null where none is known.</summary>
    /// <example>carts-6d5f9c7b8-x2x9k</example>
    public required string? Pod { get; init; }

    /// <summary>Where its latest calls came from.</summary>
    /// <example>10.244.1.7</example>
    public required string? Address { get; init; }

    /// <summary>What it consumes; `shop/*`: all services of the namespace, by a stream or a list.</summary>
    /// <example>shop/orders</example>
    public required string Service { get; init; }

    /// <summary>A token, or a confirmed source address, said that it is this pod; false: only the address says so.</summary>
    /// <example>true</example>
    public required bool Proved { get; init; }

    /// <summary>Lookups since it was first seen.</summary>
    /// <example>42</example>
    [Range(0, long.MaxValue)]
    public required long Lookups { get; init; }

    /// <summary>Streams that are open now.</summary>
    /// <example>1</example>
    [Range(0, int.MaxValue)]
    public required int Streams { get; init; }

    /// <summary>Its last lookup; with an open stream, now.</summary>
    /// <example>2026-11-20T12:00:00Z</example>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>The protocol: `dubbo`, `spring`, `prometheus` ...; null: the native one.</summary>
    /// <example>dubbo</example>
    public required string? Facade { get; init; }
}
