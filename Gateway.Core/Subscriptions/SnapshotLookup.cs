using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>Questions that streams ask of a snapshot often enough to be answered without making anything.</summary>
internal static class SnapshotLookup
{
    /// <summary>The sequence of <see cref="RegistrySnapshot.Find"/> for that service.</summary>
    public static ulong SequenceOf(this RegistrySnapshot snapshot, ServiceKey service) =>
        snapshot.Services.TryGetValue(service, out var found) || snapshot.Vanished.TryGetValue(service, out found)
            ? found.Sequence
            : snapshot.Floor.Sequence;

    /// <summary>The service exists, or is remembered as gone.</summary>
    public static bool IsKnown(this RegistrySnapshot snapshot, ServiceKey service) =>
        snapshot.Services.ContainsKey(service) || snapshot.Vanished.ContainsKey(service);

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
