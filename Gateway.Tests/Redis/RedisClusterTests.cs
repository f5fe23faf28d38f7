using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Core.Redis;

namespace Gateway.Tests.Redis;

/// <summary>A Redis Cluster of three masters: keys of one script share a slot, and one lost node is Redis away.</summary>
public sealed partial class RedisClusterTests : IAsyncLifetime
{
    private const int Slots = 16384;
    private readonly List<RedisUnderTest> _nodes = [];

    public async ValueTask InitializeAsync()
    {
        var share = Slots / 3;
        for (var number = 0; number < 3; number++)
        {
            _nodes.Add(await RedisUnderTest.StartAsync(
                "--databases", "1", "--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                "--cluster-port", LoopbackPort.Free().ToString(CultureInfo.InvariantCulture)));
            await AddUserAsync(_nodes[number]);
            await _nodes[number].RunAsync("CLUSTER", "ADDSLOTSRANGE", Text(number * share), Text(number == 2 ? Slots - 1 : ((number + 1) * share) - 1));
            var bus = CommunicationPort().Match(await _nodes[number].RunAsync("CLUSTER", "NODES")).Groups[1].Value;
            if (number > 0)
                await _nodes[0].RunAsync("CLUSTER", "MEET", "127.0.0.1", Text(_nodes[number].Port), bus);
        }

        await UntilAllKnowAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task ALostMasterOfThreeIsAwayUntilItIsBackAndCostsNoLease()
    {
        await using var callers = await RedisCallers.StartAsync(_nodes[0].Configuration + ",user=gateway,password=a-password");
        (await callers.AskAsync()).ShouldBe(RedisCallers.Well);

        // Of three masters each has some of the keys; the leases' is lost.
        var holders = new List<RedisUnderTest>();
        foreach (var key in RedisKeys.Default.Probes)
            holders.Add(await HolderAsync(key!));
        holders.Distinct().Count().ShouldBe(3);
        var lost = await HolderAsync(RedisKeys.Default.LeaseDeadlines!);

        await lost.KillAsync();
        await callers.UntilAsync(isAvailable: false);
        await callers.RoundsAsync(6);
        (await callers.AskAsync() with { IsComplete = null }).ShouldBe(RedisCallers.Away, "the other masters answer a drain, and leave it away");
        await lost.StartAgainAsync();
        await AddUserAsync(lost);
        await callers.ShareAsync();
        await callers.LostNothing();
    }

    /// <summary>What the documents give a user of a Cluster.</summary>
    private static Task<string> AddUserAsync(RedisUnderTest node) =>
        node.RunAsync(["ACL", "SETUSER", "gateway", .. SecuredRedisTests.DocumentedRules(), "+cluster|nodes", ">a-password"]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<RedisUnderTest> HolderAsync(string key)
    {
        var slot = int.Parse(await _nodes[0].RunAsync("CLUSTER", "KEYSLOT", key), CultureInfo.InvariantCulture);
        return _nodes[Math.Min(slot / (Slots / 3), 2)];
    }

    private async Task UntilAllKnowAllAsync()
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        foreach (var node in _nodes)
        {
            while (!(await node.RunAsync("CLUSTER", "INFO") is var info && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal)))
                await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    [GeneratedRegex(@":\d+@(\d+).* myself")]
    private static partial Regex CommunicationPort();
}
