using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Consumers;

/// <summary>
/// One consumer of one service by one protocol: a pod, or, where no pod is known, an address. What a caller has of a whole namespace (a stream, a list of
/// another registry's client) is of the service <see cref="Everything"/>.
/// </summary>
/// <param name="Facade">The protocol; null: the native one.</param>
/// <param name="Namespace">Of the consumer; "" where no pod is known.</param>
/// <param name="Address">"" where a pod is known.</param>
public readonly record struct ConsumerKey(ServiceKey Service, string? Facade, string Namespace, string Pod, string Address)
{
    /// <summary>No service can have this name.</summary>
    public const string Everything = "*";

    public bool HasPod => Pod.Length > 0;

    public static ServiceKey EverythingIn(string ns) => new(ns, Everything);
}

/// <summary>What is known of a consumer. Immutable.</summary>
/// <param name="Workload">What the pod is a part of; null where no pod is known.</param>
/// <param name="Address">Where the latest calls came from; null: not known.</param>
/// <param name="IsProved">A token, or a confirmed address, said that it is this pod; false: only the address does.</param>
/// <param name="Lookups">Since it was first seen.</param>
/// <param name="Streams">Open now.</param>
/// <param name="LastSeen">Its last lookup; with an open stream, now.</param>
public sealed record ConsumerRecord(ConsumerKey Key, string? Workload, string? Address, bool IsProved, long Lookups, int Streams, DateTimeOffset LastSeen)
{
    /// <summary>What two replicas know of the same consumer.</summary>
    public ConsumerRecord Merge(ConsumerRecord other)
    {
        var (newer, older) = other.LastSeen > LastSeen ? (other, this) : (this, other);
        return newer with
        {
            Workload = newer.Workload ?? older.Workload,
            Address = newer.Address ?? older.Address,
            IsProved = IsProved || other.IsProved,
            Lookups = Lookups + other.Lookups,
            Streams = Streams + other.Streams,
        };
    }
}
