using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// Chooses one instance of a view. Round-robin positions are one for each service and filter (<see cref="PickTurns"/>), so that they continue when
/// the service changes; every request advances them, except one that only peeks.
/// </summary>
public sealed class InstancePicker
{
    private readonly PickTurns _turns = new();

    /// <summary>
    /// Null when there is none to choose. Only consistent hashing needs <paramref name="hashKey"/>; with <paramref name="peeks"/> the round-robin
    /// position stays.
    /// </summary>
    public Instance? Pick(ServiceSnapshot service, LookupFilter filter, PickPolicy policy, string? hashKey = null, bool peeks = false)
    {
        var view = service.View(filter);
        var index = IndexOf(service.Key, view, filter, policy, hashKey, peeks);
        return index < 0 ? null : view.Instances[index];
    }

    /// <summary>The same among the instances of a view; -1 when there is none to choose.</summary>
    public int IndexOf(ServiceKey service, LookupView view, LookupFilter filter, PickPolicy policy, string? hashKey = null, bool peeks = false)
    {
        var instances = view.Instances;
        if (instances.IsEmpty)
            return -1;
        return policy switch
        {
            PickPolicy.RoundRobin => (int)((peeks ? _turns.Peek(service, filter) : _turns.Next(service, filter)) % (uint)instances.Length),
            PickPolicy.Weighted => Weighted(instances),
            PickPolicy.ConsistentHash => Rendezvous(instances, hashKey ?? ""),
            _ => Random.Shared.Next(instances.Length),
        };
    }

    private static int Weighted(ImmutableArray<Instance> instances)
    {
        long total = 0;
        foreach (var instance in instances)
            total += instance.Weight;
        if (total == 0)
            return -1;
        var left = Random.Shared.NextInt64(total);
        for (var i = 0; i < instances.Length; i++)
        {
            left -= instances[i].Weight;
            if (left < 0)
                return i;
        }

        return -1;
    }

    /// <summary>
    /// Rendezvous hashing: every replica computes the same score of key and id, and the highest wins, so when an instance leaves only its
    /// own keys move. Instances are sorted by id, so the lower id wins a tie.
    /// </summary>
    private static int Rendezvous(ImmutableArray<Instance> instances, string hashKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(hashKey), hash);
        var key = BinaryPrimitives.ReadUInt64BigEndian(hash);
        var (best, bestScore) = (0, Score(key, instances[0].Id));
        for (var i = 1; i < instances.Length; i++)
        {
            var score = Score(key, instances[i].Id);
            if (score > bestScore)
                (best, bestScore) = (i, score);
        }

        return best;
    }

    private static ulong Score(ulong key, string id)
    {
        var score = key;
        foreach (var c in id)
            score = (score ^ c) * 0x100000001B3;
        return Mix(score);
    }

    // The finalizer of MurmurHash3: every bit of the input affects every bit of the score.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 33);
    }
}

/// <summary>How one of several instances is chosen.</summary>
public enum PickPolicy
{
    Random,
    RoundRobin,

    /// <summary>Random, in proportion to the weights; a weight of 0 is never chosen.</summary>
    Weighted,

    /// <summary>The same key gives the same instance on every replica, as long as that instance exists.</summary>
    ConsistentHash,
}

/// <summary>The contract's names of pick policies.</summary>
public static class PickPolicyNames
{
    /// <summary>In the order of <see cref="PickPolicy"/>.</summary>
    public static readonly ImmutableArray<string> All = ["random", "round-robin", "weighted", "consistent-hash"];

    public static bool TryParse(string? name, out PickPolicy policy)
    {
        var index = name is null ? -1 : All.IndexOf(name);
        policy = (PickPolicy)Math.Max(0, index);
        return index >= 0;
    }
}
