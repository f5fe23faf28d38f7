using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Records;

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

/// <summary>A pod as folded into a snapshot, with all records in its annotations.</summary>
public sealed record PodEntry(Pod Pod, PodRecords Records);

/// <summary>A record that could not be read: its annotation key, its id if the key has one, and the reason for people.</summary>
public sealed record UnreadableRecord(InstanceSource Source, string AnnotationKey, string? Id, string Reason);

/// <summary>Collects the records that the formats find in one pod. Used by one reader at a time.</summary>
public sealed class PodRecordsBuilder
{
    private readonly ImmutableArray<RegistrationRecord>.Builder _registrations = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<RegistrationRecord>.Builder _overlays = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<UnreadableRecord>.Builder _unreadable = ImmutableArray.CreateBuilder<UnreadableRecord>();
    private readonly ImmutableArray<DubboConsumer>.Builder _consumers = ImmutableArray.CreateBuilder<DubboConsumer>();
    private DubboJavaMetadata? _dubboJava;

    public void Add(RegistrationRecord record) => (record.IsOverlay ? _overlays : _registrations).Add(record);

    public void Add(UnreadableRecord record) => _unreadable.Add(record);

    public void Add(DubboConsumer consumer) => _consumers.Add(consumer);

    public void Add(DubboJavaMetadata metadata) => _dubboJava = metadata;

    public PodRecords Build() =>
        _registrations.Count + _overlays.Count + _unreadable.Count + _consumers.Count == 0 && _dubboJava is null
            ? PodRecords.None
            : new(_registrations.ToImmutable(), _overlays.ToImmutable(), _unreadable.ToImmutable())
            {
                Consumers = _consumers.ToImmutable(),
                DubboJava = _dubboJava,
            };
}
