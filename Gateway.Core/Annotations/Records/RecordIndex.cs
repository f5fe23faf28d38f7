namespace Gateway.Core.Annotations.Records;

/// <summary>
/// The records of one pod by service and by id, so that work on each of them is not a scan of all. Of two with the same id in different formats
/// the first is found. Immutable.
/// </summary>
internal sealed class RecordIndex
{
    private readonly PodRecords _records;
    private readonly Dictionary<string, RegistrationRecord[]> _services;
    private readonly Dictionary<string, RegistrationRecord> _registrations;
    private readonly Dictionary<string, RegistrationRecord> _overlays;

    public RecordIndex(PodRecords records)
    {
        _records = records;
        _services = records.Registrations.GroupBy(static record => record.Key.Service, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.ToArray(), StringComparer.Ordinal);
        _registrations = ById(records.Registrations.AsSpan());
        _overlays = ById(records.Overlays.AsSpan());
    }

    public bool IsOf(PodRecords records) => records.Registrations == _records.Registrations && records.Overlays == _records.Overlays;

    public IEnumerable<string> Services => _services.Keys;

    public ReadOnlySpan<RegistrationRecord> OfService(string service) => _services.GetValueOrDefault(service);

    public RegistrationRecord? Find(string id) => _registrations.GetValueOrDefault(id);

    public RegistrationRecord? OverlayOf(string id) => _overlays.GetValueOrDefault(id);

    private static Dictionary<string, RegistrationRecord> ById(ReadOnlySpan<RegistrationRecord> records)
    {
        var byId = new Dictionary<string, RegistrationRecord>(records.Length, StringComparer.Ordinal);
        foreach (var record in records)
            byId.TryAdd(record.Id, record);
        return byId;
    }
}
