using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>Queries of a snapshot that streams make often, answered without allocation.</summary>
internal static class SnapshotLookup
{
    /// <summary>The sequence of what <see cref="RegistrySnapshot.Find"/> returns for the service.</summary>
    public static ulong SequenceOf(this RegistrySnapshot snapshot, ServiceKey service) =>
        snapshot.Services.TryGetValue(service, out var found) || snapshot.Tombstones.TryGetValue(service, out found)
            ? found.Sequence
            : snapshot.Floor.Sequence;

    /// <summary>Whether the service exists, or has a tombstone.</summary>
    public static bool IsKnown(this RegistrySnapshot snapshot, ServiceKey service) =>
        snapshot.Services.ContainsKey(service) || snapshot.Tombstones.ContainsKey(service);

    /// <summary>The services of a namespace, in order.</summary>
    public static ArraySegment<ServiceKey> ServicesIn(this RegistrySnapshot snapshot, string ns)
    {
        var keys = snapshot.Sorted.Keys;
        var start = Array.BinarySearch(keys, new ServiceKey(ns, ""));
        start = start < 0 ? ~start : start;
        var end = start;
        while (end < keys.Length && keys[end].Namespace == ns)
            end++;
        return new ArraySegment<ServiceKey>(keys, start, end - start);
    }
}
