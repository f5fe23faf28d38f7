using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>All that a pod's annotations say, over all formats. One unreadable record never hides the others.</summary>
public sealed record PodRecords(
    ImmutableArray<RegistrationRecord> Registrations, ImmutableArray<RegistrationRecord> Overlays, ImmutableArray<UnreadableRecord> Unreadable)
{
    public static readonly PodRecords None = new([], [], []);

    /// <summary>Services that the pod says it consumes.</summary>
    public ImmutableArray<DubboConsumer> Consumers { get; init; } = [];

    /// <summary>What a Dubbo Java application wrote; null: nothing, or it exports nothing. Joined with Services by the projection.</summary>
    public DubboJavaMetadata? DubboJava { get; init; }
}
