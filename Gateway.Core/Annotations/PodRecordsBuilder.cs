using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

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
