using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// Collects the records that the formats find in one pod, up to <see cref="MaxRecords"/>; records beyond are one unreadable record. Own
/// registrations come first, since their format is read first. Used by one reader at a time.
/// </summary>
public sealed class PodRecordsBuilder
{
    /// <summary>The most records of one pod, over all formats: registrations, overlays and consumers.</summary>
    public const int MaxRecords = 1_000;

    /// <summary>The most unreadable records of one pod that are reported; the last one then counts the others.</summary>
    public const int MaxUnreadable = 100;

    /// <summary>Longer reasons are cut; they may quote the annotation.</summary>
    public const int MaxReasonLength = 1_024;

    private readonly ImmutableArray<RegistrationRecord>.Builder _registrations = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<RegistrationRecord>.Builder _overlays = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<UnreadableRecord>.Builder _unreadable = ImmutableArray.CreateBuilder<UnreadableRecord>();
    private readonly ImmutableArray<DubboConsumer>.Builder _consumers = ImmutableArray.CreateBuilder<DubboConsumer>();
    private DubboJavaMetadata? _dubboJava;
    private int _omitted;
    private bool _wasFull;

    /// <summary>Whether there is room for another record; if not, that is reported once for the pod.</summary>
    public bool HasRoom(InstanceSource source, string annotationKey)
    {
        if (_registrations.Count + _overlays.Count + _consumers.Count < MaxRecords)
            return true;
        if (!_wasFull)
            Add(new UnreadableRecord(source, annotationKey, null, $"the pod has more than {MaxRecords} records; this one and those after it are not read"));
        _wasFull = true;
        return false;
    }

    public void Add(RegistrationRecord record) => (record.IsOverlay ? _overlays : _registrations).Add(record);

    public void Add(UnreadableRecord record)
    {
        var cut = record.Reason.Length > MaxReasonLength ? record with { Reason = record.Reason[..MaxReasonLength] + "..." } : record;
        if (_unreadable.Count < MaxUnreadable)
            _unreadable.Add(cut);
        else
            _omitted++;
    }

    public void Add(DubboConsumer consumer) => _consumers.Add(consumer);

    public void Add(DubboJavaMetadata metadata) => _dubboJava = metadata;

    public PodRecords Build()
    {
        if (_registrations.Count + _overlays.Count + _unreadable.Count + _consumers.Count == 0 && _dubboJava is null)
            return PodRecords.None;
        if (_omitted > 0)
            _unreadable[^1] = _unreadable[^1] with { Id = null, Reason = $"and {_omitted + 1} more records of the pod cannot be read" };
        return new(_registrations.ToImmutable(), _overlays.ToImmutable(), _unreadable.ToImmutable())
        {
            Consumers = _consumers.ToImmutable(),
            DubboJava = _dubboJava,
        };
    }
}
