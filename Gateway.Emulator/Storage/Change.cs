namespace Gateway.Emulator.Storage;

/// <summary>
/// One change at one version. <see cref="Current"/> is the object as written, or for a deletion its last content with the deletion's
/// version; <see cref="Previous"/> is null only for an addition.
/// </summary>
public sealed class Change(ChangeType type, StoredObject? previous, StoredObject current)
{
    private StoredObject? _previousUnderVersion;

    public ChangeType Type { get; } = type;
    public StoredObject? Previous { get; } = previous;
    public StoredObject Current { get; } = current;
    public ResourceKind Kind => Current.Kind;
    public ObjectKey Key => Current.Key;
    public long Version => Current.Version;

    /// <summary>
    /// The old content with the new version, for watches whose selector the object no longer matches; made once for all of them.
    /// </summary>
    public StoredObject PreviousUnderVersion => _previousUnderVersion ??= Previous!.UnderVersion(Version);
}
