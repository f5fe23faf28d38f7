using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>
/// What one readable record in a pod's annotations says, whatever its format; nothing of the pod's own state is in it. Immutable; equal
/// content is equal bytes when written.
/// </summary>
public sealed record RegistrationRecord
{
    public required string Id { get; init; }
    public required RegistrationKey Key { get; init; }
    public required InstanceSource Source { get; init; }

    public ImmutableArray<NamedPort> Ports { get; init; } = [];

    /// <summary>Sorted by key, ordinal.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = NoMetadata;

    /// <summary>0..10000.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Heartbeat lease in seconds; null: none.</summary>
    public int? Ttl { get; init; }

    /// <summary>The container that serves it; null: bound to no container run.</summary>
    public string? Container { get; init; }

    /// <summary>restartCount of <see cref="Container"/> as known at the last POST that wrote.</summary>
    public int RestartCount { get; init; }

    /// <summary>When it was first registered; null where the format does not say.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>When the last POST came that wrote (or was confirmed later); null: never posted.</summary>
    public DateTimeOffset? PostedAt { get; init; }

    public OutOfService OutOfService { get; init; }

    /// <summary>Further annotation formats that were asked for.</summary>
    public ImmutableArray<string> Mirrors { get; init; } = [];

    /// <summary>An own key that only overrides status and weight of a record with this id in another format.</summary>
    public bool IsOverlay { get; init; }

    /// <summary>Of an overlay: the weight that counts instead of the record's own; null: that one stands.</summary>
    public int? WeightOverride { get; init; }

    /// <summary>Where the record gives an address that is none of its pod's (only where that is allowed); null: the pod's own.</summary>
    public string? ForeignAddress { get; init; }

    internal static readonly ImmutableSortedDictionary<string, string> NoMetadata =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
