using System.Collections.Immutable;

namespace Gateway.Emulator.Storage;

/// <summary>Everything stored at one version, like a backup of etcd. Taking one copies nothing: its content is immutable.</summary>
public sealed class StorageSnapshot
{
    internal StorageSnapshot(long version, ImmutableDictionary<ResourceKind, ObjectSet> objects)
    {
        Version = version;
        Objects = objects;
    }

    public long Version { get; }
    internal ImmutableDictionary<ResourceKind, ObjectSet> Objects { get; }
}
