using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Tests.Registry;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>How replicas agree on histories of the cluster's store, over a real redis-server.</summary>
public sealed class SharedHistoriesTests
{
    [Fact]
    public async Task AReplicaThatStartsAfterTheStoreWasPutBackComparesRevisionsWithThoseThatSawIt()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var connection = await redis.ConnectAsync();
        using var old = TestRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        old.Pods.Replace([], 50, historyReplaced: true);
        var restored = old.Fold().Revision.Shared;
        using var late = TestRegistry.Synced();
        late.State.Current.Revision.Covers(restored).ShouldBeFalse();

        await ExchangeAsync(connection, old);
        await ExchangeAsync(connection, late);
        late.Fold().Revision.Covers(restored).ShouldBeTrue();
        old.Pods.Advance(100_000);
        old.Services.Advance(100_000);
        old.Slices.Advance(100_000);
        old.Nodes.Advance(100_000);
        old.Fold().Revision.Covers(late.State.Current.Revision.Shared).ShouldBeTrue();

        // The next one it sees itself, and says so.
        late.Pods.Replace([], 60, historyReplaced: true);
        restored = late.Fold().Revision.Shared;
        old.State.Current.Revision.Covers(restored).ShouldBeFalse();
        await ExchangeAsync(connection, late);
        await ExchangeAsync(connection, old);
        old.Fold().Revision.Covers(restored).ShouldBeTrue();
    }

    [Fact]
    public async Task AReplicaWithoutTheApiServerSaysNothing()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var connection = await redis.ConnectAsync();
        using var lost = TestRegistry.Synced();
        lost.IsLost = true;
        lost.Fold().IsStale.ShouldBeTrue();
        await ExchangeAsync(connection, lost);
        var isKept = await connection.TryAsync(
            static database => database.KeyExistsAsync(RedisKeys.Histories(RevisionLayout.WholeCluster.Fingerprint)));
        isKept.TryGet(out var exists).ShouldBeTrue();
        exists.ShouldBeFalse();
    }

    private static Task ExchangeAsync(RedisConnection redis, TestRegistry registry) =>
        new SharedHistories(redis, registry.State, registry.Projector, TimeProvider.System).ExchangeAsync().Within();
}
