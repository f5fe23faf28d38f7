using Gateway.Core.Redis;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Registry.Saved;

/// <summary>How replicas agree on histories of the cluster's store, over a real redis-server.</summary>
public sealed class SharedEpochsTests
{
    [Fact]
    public async Task AReplicaThatStartsAfterTheStoreWasPutBackComparesRevisionsWithThoseThatSawIt()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        using var old = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        old.Pods.Replace([], 50, historyReplaced: true);
        var restored = old.Fold().Revision.Shared;
        using var late = ProjectedRegistry.Synced();
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
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        using var lost = ProjectedRegistry.Synced();
        lost.IsLost = true;
        lost.Fold().IsStale.ShouldBeTrue();
        await ExchangeAsync(connection, lost);
        var isKept = await connection.TryAsync(
            static database => database.KeyExistsAsync(RedisKeys.Default.Histories(RevisionLayout.WholeCluster.Fingerprint)));
        isKept.TryGet(out var exists).ShouldBeTrue();
        exists.ShouldBeFalse();
    }

    [Theory]
    [InlineData("99999999999")]
    [InlineData("4294967296")]
    [InlineData("1025")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("1.5")]
    [InlineData("")]
    public async Task ACountThatNoRestoresExplainIsOverwrittenAndRaisesNothing(string count)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        using var registry = ProjectedRegistry.Synced();
        var pods = RevisionLayout.WholeCluster.IndexOf(WatchedKind.Pods, "");
        await shell.RunAsync("HSET", (string)Key!, pods, count);
        var before = registry.State.Current.Revision;
        await ExchangeAsync(connection, registry);
        registry.Fold().Revision.Covers(before).ShouldBeTrue();
        metrics["registry.redis.unreadable store=histories"].ShouldBe(1);
        ((string)(await shell.Database.HashGetAsync(Key, pods))!).ShouldBe("0");
    }

    [Fact]
    public async Task AReplicaThatHasCountedWithTheOthersBelievesSmallStepsAlone()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        using var registry = ProjectedRegistry.Synced();
        var pods = RevisionLayout.WholeCluster.IndexOf(WatchedKind.Pods, "");
        var histories = new SharedEpochs(connection, registry.State, registry.Projector);

        // It has just started: others may have lived through many.
        await shell.RunAsync("HSET", (string)Key!, pods, SharedEpochs.MostAtFirst);
        await histories.ExchangeAsync().Within();
        registry.Fold().Revision.Part(pods).History.ShouldBe(SharedEpochs.MostAtFirst);

        await shell.RunAsync("HSET", (string)Key!, pods, SharedEpochs.MostAtFirst + SharedEpochs.MostAtOnce);
        await histories.ExchangeAsync().Within();
        var counted = registry.Fold().Revision;
        counted.Part(pods).History.ShouldBe(SharedEpochs.MostAtFirst + SharedEpochs.MostAtOnce);
        await shell.RunAsync("HSET", (string)Key!, pods, SharedEpochs.MostAtFirst + (3 * SharedEpochs.MostAtOnce));
        await histories.ExchangeAsync().Within();
        registry.Fold();
        registry.State.Current.Revision.Covers(counted).ShouldBeTrue();

        // What it sees itself counts on from there.
        registry.Pods.Replace([], 60, historyReplaced: true);
        var restored = registry.Fold().Revision.Part(pods).History;
        restored.ShouldBe(SharedEpochs.MostAtFirst + SharedEpochs.MostAtOnce + 1);
        await histories.ExchangeAsync().Within();
        ((long)await shell.Database.HashGetAsync(Key, pods)).ShouldBe(restored);
    }

    [Fact]
    public async Task AKeyOfAnotherTypeIsOursAgain()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        using var registry = ProjectedRegistry.Synced();
        await shell.RunAsync("RPUSH", (string)Key!, "x");
        await ExchangeAsync(connection, registry);
        (await shell.Database.HashLengthAsync(Key)).ShouldBe(registry.State.Current.Revision.Parts.Length);
    }

    private static RedisKey Key => RedisKeys.Default.Histories(RevisionLayout.WholeCluster.Fingerprint);

    private static Task ExchangeAsync(RedisConnection redis, ProjectedRegistry registry) =>
        new SharedEpochs(redis, registry.State, registry.Projector).ExchangeAsync().Within();
}
