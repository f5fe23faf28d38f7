using System.Collections.Immutable;

namespace Gateway.Emulator.Storage;

/// <summary>Everything stored at one version, as a backup of etcd holds it. Costs nothing to take: nothing in it ever changes.</summary>
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
