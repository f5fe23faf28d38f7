namespace Gateway.Emulator.Storage;

/// <summary>
/// A place in the changes of one kind. It keeps no changes of its own: whoever is slow is only behind. Used by one reader at a time.
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

    /// <summary>Changes up to here have been read, or were never wanted.</summary>
    public long Version { get; private set; }

    /// <summary>The changes not yet read, in order; empty when there is none. Null when some were lost because the reader was too slow.</summary>
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
    public Task WaitAsync(CancellationToken cancellation) => _signal.WaitAsync(cancellation);

    /// <summary>Ends the wait although there may be nothing to read.</summary>
    internal void Wake() => _signal.Set();

    public void Dispose() => _storage.Leave(Kind, _signal);
}
