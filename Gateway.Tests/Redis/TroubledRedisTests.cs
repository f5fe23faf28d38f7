using Gateway.Core.Redis;

namespace Gateway.Tests.Redis;

/// <summary>
/// A Redis that loses its data, refuses writes or hangs, under callers that never pause: lookups never fail, no renewed lease lapses, and replicas share
/// again afterwards.
/// </summary>
public sealed class TroubledRedisTests(TroubledRedis troubled) : IClassFixture<TroubledRedis>
{
    [Fact]
    public async Task ARedisThatIsFlushedUnderLoadIsFilledAgainAndCostsNoLease()
    {
        var silent = troubled.Callers.ExpectSilent();
        await troubled.Callers.LapsesAsync(silent);
        for (var i = 0; i < 5; i++)
        {
            await troubled.Redis.RunAsync("FLUSHALL");
            await troubled.Redis.RunAsync("SCRIPT", "FLUSH");
            await troubled.Callers.RoundsAsync(1);
        }

        await WellAgainAsync();
        (await troubled.Redis.RunAsync("EXISTS", RedisKeys.Default.LeaseDeadlines!, RedisKeys.Default.StateWriter!)).ShouldBe("2");
        (await troubled.Redis.RunAsync("KEYS", "*:saved:*")).ShouldNotBeEmpty("the state is saved again although nothing changed");
    }

    [Fact]
    public async Task ARedisWithoutMemoryIsAwayUntilItHasSome()
    {
        await troubled.Redis.RunAsync("CONFIG", "SET", "maxmemory", "1");
        await IsAwayAsync();
        await troubled.Redis.RunAsync("CONFIG", "SET", "maxmemory", "0");
        await WellAgainAsync();
    }

    [Fact]
    public async Task AReadOnlyReplicaIsAwayUntilItIsAMaster()
    {
        await troubled.Redis.RunAsync("REPLICAOF", "127.0.0.1", "9");
        await IsAwayAsync();
        await troubled.Redis.RunAsync("REPLICAOF", "NO", "ONE");
        await WellAgainAsync();
    }

    [Fact]
    public async Task ARedisThatHangsIsAwayUntilItGoesOn()
    {
        await troubled.Redis.SignalAsync("STOP");
        await IsAwayAsync();
        await troubled.Redis.SignalAsync("CONT");
        await WellAgainAsync();
    }

    /// <summary>Callers get their answers, which say so; nothing lapses, for longer than the ttl of a lease that has no caller.</summary>
    private async Task IsAwayAsync()
    {
        await troubled.Callers.UntilAsync(isAvailable: false);
        var silent = troubled.Callers.ExpectSilent();
        await troubled.Callers.RoundsAsync(8);
        troubled.Callers.HasLapsed(silent).ShouldAllBe(static hasLapsed => !hasLapsed);
        (await troubled.Callers.AskAsync()).ShouldBe(RedisCallers.Away, "it stays away");
    }

    private async Task WellAgainAsync()
    {
        await troubled.Callers.ShareAsync();
        await troubled.Callers.LostNothing();
    }
}
