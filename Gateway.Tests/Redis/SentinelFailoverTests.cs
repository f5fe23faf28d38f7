using System.Globalization;

namespace Gateway.Tests.Redis;

/// <summary>A master that is killed, a replica that a sentinel promotes, and gateways that follow the sentinel.</summary>
public sealed class SentinelFailoverTests
{
    [Fact]
    public async Task AMasterThatIsKilledIsReplacedByItsReplicaAndCostsNoLease()
    {
        await using var master = await RedisUnderTest.StartAsync();
        await using var replica = await RedisUnderTest.StartAsync("--replicaof", $"127.0.0.1 {master.Port.ToString(CultureInfo.InvariantCulture)}");
        await using var sentinel = await SentinelUnderTest.StartAsync(master);
        await using var callers = await RedisCallers.StartAsync(sentinel.Configuration);
        await master.KillAsync();
        await callers.UntilAsync(isAvailable: false);
        var during = await callers.AskAsync();
        (during with { IsComplete = null, IsDegraded = true }).ShouldBe(RedisCallers.Away);
        await callers.ShareAsync();
        (await replica.RunAsync("ROLE")).ShouldStartWith("master");
        await callers.LostNothing();

        // The old master believes that it still is one, until the sentinel tells it otherwise some ten seconds later.
        await master.StartAgainAsync();
        await callers.UntilAsync(isAvailable: false);
        (await callers.AskAsync() with { IsComplete = null }).ShouldBe(RedisCallers.Away);
        await callers.ShareAsync();
        (await master.RunAsync("ROLE")).ShouldStartWith("slave");
        await callers.LostNothing();
    }
}
