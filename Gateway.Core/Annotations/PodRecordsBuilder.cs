using System.Collections.Immutable;

namespace Gateway.Core.Annotations;

/// <summary>Gathers what the formats find in one pod. Used by one reader at a time.</summary>
public sealed class PodRecordsBuilder
{
    private readonly ImmutableArray<RegistrationRecord>.Builder _registrations = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<RegistrationRecord>.Builder _overlays = ImmutableArray.CreateBuilder<RegistrationRecord>();
    private readonly ImmutableArray<UnreadableRecord>.Builder _unreadable = ImmutableArray.CreateBuilder<UnreadableRecord>();

    public void Add(RegistrationRecord record) => (record.IsOverlay ? _overlays : _registrations).Add(record);

    public void Add(UnreadableRecord record) => _unreadable.Add(record);

    public PodRecords Build() =>
        _registrations.Count + _overlays.Count + _unreadable.Count == 0
            ? PodRecords.None
            : new(_registrations.ToImmutable(), _overlays.ToImmutable(), _unreadable.ToImmutable());
}
