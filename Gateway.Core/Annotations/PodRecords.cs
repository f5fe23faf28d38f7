using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>All records in a pod's annotations, over all formats. One unreadable record never hides the others.</summary>
public sealed record PodRecords(
    ImmutableArray<RegistrationRecord> Registrations, ImmutableArray<RegistrationRecord> Overlays, ImmutableArray<UnreadableRecord> Unreadable)
{
    public static readonly PodRecords None = new([], [], []);

    /// <summary>Services that the pod's records name as consumed.</summary>
    public ImmutableArray<DubboConsumer> Consumers { get; init; } = [];

    /// <summary>
    /// The metadata of a Dubbo Java application; null when there is none, or it exports nothing. The projection joins it with Services.
    /// </summary>
    public DubboJavaMetadata? DubboJava { get; init; }
}
