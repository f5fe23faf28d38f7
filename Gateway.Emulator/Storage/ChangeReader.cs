namespace Gateway.Emulator.Storage;

/// <summary>
/// A position in the changes of one kind. It buffers no changes: a slow reader is only behind. Used by one reader at a time.
/// </summary>
public sealed class ChangeReader : IDisposable
{
    private readonly ObjectStorage _storage;
    private readonly ChangeSignal _signal = new();
    private readonly List<Change> _batch = [];

    internal ChangeReader(ObjectStorage storage, ResourceKind kind, long version)
    {
        _storage = storage;
        Kind = kind;
        Version = version;
        storage.Listen(kind, _signal);
    }

    public ResourceKind Kind { get; }

    /// <summary>The reader has read every change up to this version, or started after it.</summary>
    public long Version { get; private set; }

    /// <summary>
    /// The unread changes in order; empty when there are none. Null when the reader was too slow and some have left the history.
    /// </summary>
    public IReadOnlyList<Change>? Read()
    {
        _batch.Clear();
        if (!_storage.TryRead(Kind, Version, _batch))
            return null;
        if (_batch.Count > 0)
            Version = _batch[^1].Version;
        return _batch;
    }

    /// <summary>Waits until there may be something to read.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    /// <summary>Ends the wait although there may be nothing to read.</summary>
    internal void Wake() => _signal.Set();

    public void Dispose() => _storage.StopListening(Kind, _signal);
}
