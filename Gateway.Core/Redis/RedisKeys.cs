using System.Globalization;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// Every key and channel of one installation, under its prefix. Keys that one script touches share a hash tag. Every key that is written expires.
/// Immutable.
/// </summary>
/// <param name="prefix"><see cref="RedisOptions.KeyPrefix"/>.</param>
public sealed class RedisKeys(string prefix)
{
    // A read goes through one of them.
    private const int ConsumerPlaces = 16;

    public static readonly RedisKeys Default = new(RedisOptions.DefaultKeyPrefix);

    /// <summary>What every key and channel begins with.</summary>
    public string Prefix { get; } = prefix + ":";

    /// <summary>
    /// One key beside each group of keys, in the same slot of a Redis Cluster: written to find out whether the group can be.
    /// </summary>
    public IReadOnlyList<RedisKey> Probes { get; } =
        [.. new[] { "leases", "posts", "replicas", "applications", "state", "consumers" }.Select(tag => (RedisKey)$"{prefix}:{{{tag}}}:probe")];

    /// <summary>Hashes: consumer of a service, as one replica knows it, to when it was seen; which of them is a service's, its name says.</summary>
    public IReadOnlyList<RedisKey> ConsumersOf { get; } = [.. Enumerable.Range(0, ConsumerPlaces).Select(place => (RedisKey)$"{prefix}:{{consumers}}:of:{place:x}")];

    /// <summary>The same once more for consumers that are pods; which of them is a pod's, its name says.</summary>
    public IReadOnlyList<RedisKey> ConsumersBy { get; } = [.. Enumerable.Range(0, ConsumerPlaces).Select(place => (RedisKey)$"{prefix}:{{consumers}}:by:{place:x}")];

    /// <summary>The cluster whose registry is kept under this prefix.</summary>
    public RedisKey Cluster => Prefix + "cluster";

    /// <summary>Sorted set: lease by its deadline, in milliseconds of Redis' clock.</summary>
    public RedisKey LeaseDeadlines => Prefix + "{leases}:deadlines";

    /// <summary>When any replica last served leases, in milliseconds of Redis' clock.</summary>
    public RedisKey LeasesServed => Prefix + "{leases}:served";

    /// <summary>Hash: registration to the time of its last POST.</summary>
    public RedisKey PostTimes => Prefix + "{posts}:times";

    /// <summary>Sorted set: registration by when its POST was noted, in milliseconds of Redis' clock.</summary>
    public RedisKey PostsNoted => Prefix + "{posts}:noted";

    /// <summary>Sorted set: replica by when it last reported, in milliseconds of Redis' clock.</summary>
    public RedisKey Replicas => Prefix + "{replicas}:heard";

    /// <summary>Hash: replica to its protocol and installation.</summary>
    public RedisKey ReplicasSay => Prefix + "{replicas}:say";

    /// <summary>Hash: fact of an application (a MetadataInfo, or an interface that it provides) to its document.</summary>
    public RedisKey ApplicationFacts => Prefix + "{applications}:facts";

    /// <summary>Sorted set: fact of an application by when it expires unless renewed, in milliseconds of Redis' clock.</summary>
    public RedisKey ApplicationDeadlines => Prefix + "{applications}:deadlines";

    /// <summary>Sorted set: fact of an application by the turn in which it last changed.</summary>
    public RedisKey ApplicationTurns => Prefix + "{applications}:turns";

    /// <summary>Counts the changes of facts of applications.</summary>
    public RedisKey ApplicationTurn => Prefix + "{applications}:turn";

    /// <summary>Who saves the registry's state.</summary>
    public RedisKey StateWriter => Prefix + "{state}:writer";

    /// <summary>Channel: a question to every replica.</summary>
    public string Questions => Prefix + "questions";

    /// <summary>
    /// The saved state of a registry that follows these namespaces (none: all). Replicas that follow others do not restore it.
    /// </summary>
    public RedisKey State(ushort layout) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{{state}}:saved:{layout:x4}");

    /// <summary>Hash: part of the revision to how often its history was replaced, for replicas that follow these namespaces.</summary>
    public RedisKey Histories(ushort layout) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{{state}}:histories:{layout:x4}");

    /// <summary>Channel: answers to the questions of one replica.</summary>
    public string AnswersTo(string replica) => Prefix + "answers:" + replica;
}
