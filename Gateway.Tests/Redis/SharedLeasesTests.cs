using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Heartbeat leases that several replicas share, against a real redis-server.</summary>
public sealed class SharedLeasesTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    // Many heartbeats long, so that a machine that is busy with other things still is in time.
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task ALeaseThatIsNotRenewedLapsesAtEveryReplicaAndComesBackWithAHeartbeatThroughAny()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        one.Leases.Expect("a", Short);
        two.Leases.Expect("a", Short);
        await one.Leases.UntilAsync(static leases => leases.StateOf("a").HasLapsed);
        await two.Leases.UntilAsync(static leases => leases.StateOf("a").HasLapsed);
        (await two.Leases.ConfirmLapsedAsync("a")).ShouldBeTrue();

        await one.RenewAsync("a", Long);
        one.Leases.StateOf("a").HasLapsed.ShouldBeFalse();
        (await two.Leases.ConfirmLapsedAsync("a")).ShouldBeFalse("Redis knows better than this replica's last look");
        await two.Leases.UntilAsync(static leases => !leases.StateOf("a").HasLapsed);
    }

    [Fact]
    public async Task AHeartbeatThroughOneReplicaKeepsTheLeaseAtAnother()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        two.Leases.Expect("kept", Short);
        two.Leases.Expect("left", Short);
        await one.RenewAsync("kept", Long);

        // Both were due together at the second replica.
        await two.Leases.UntilAsync(static leases => leases.StateOf("left").HasLapsed);
        two.Leases.StateOf("kept").HasLapsed.ShouldBeFalse();
        two.EverLapsed.ShouldBe(["left"]);
    }

    [Fact]
    public async Task LapsedLeasesAreAskedForInBoundedBatches()
    {
        const int Count = 2_500;
        await using var redis = await RedisUnderTest.StartAsync("--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000");
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        string[] ids = [.. Enumerable.Range(0, Count).Select(static number => $"id{number}")];
        foreach (var id in ids)
            one.Leases.Expect(id, Short);
        await one.Leases.UntilAsync(leases => ids.All(id => leases.StateOf(id).HasLapsed));

        // Only a query of all lapsed ones finds these.
        string[] renewed = [ids[0], ids[Count / 2], ids[^1]];
        foreach (var id in renewed)
            await two.RenewAsync(id, Long);
        await one.Leases.UntilAsync(leases => renewed.All(id => !leases.StateOf(id).HasLapsed));

        var calls = (RedisResult[])(await shell.RunAsync("SLOWLOG", "GET", "-1"))!;
        calls.Max(static call => Arguments((string[])call[3]!)).ShouldBeInRange(1_000, 2_100);

        // An entry has 32 arguments at most; the last one says how many more there are.
        static int Arguments(string[] shown) =>
            shown[^1].StartsWith("... (", StringComparison.Ordinal) ? shown.Length + int.Parse(shown[^1].Split(['(', ' '])[2], System.Globalization.CultureInfo.InvariantCulture) : shown.Length;
    }

    [Fact]
    public async Task NoLiveLeaseLapsesWhenRedisIsKilledAndStartedAgain()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        string[] ids = [.. Enumerable.Range(0, 200).Select(static number => $"id{number}")];
        foreach (var id in ids)
        {
            await one.RenewAsync(id, Ttl);
            two.Leases.Expect(id, Ttl);
        }

        await redis.KillAsync();
        await one.Connection.UntilAsync(isAvailable: false);
        await two.Connection.UntilAsync(isAvailable: false);

        // Longer than every ttl: frozen, not lapsed. Heartbeats succeed all the while, at either replica.
        await HeartbeatForAsync(Ttl + TimeSpan.FromSeconds(1), ids, one, two);
        await redis.StartAgainAsync();
        await one.Connection.UntilAsync(isAvailable: true);
        await two.Connection.UntilAsync(isAvailable: true);
        await HeartbeatForAsync(Ttl + TimeSpan.FromSeconds(5), ids, one, two);

        one.EverLapsed.ShouldBeEmpty();
        two.EverLapsed.ShouldBeEmpty();

        // Judging goes on: what is not renewed any more lapses.
        await one.Leases.UntilAsync(leases => ids.All(id => leases.StateOf(id).HasLapsed));
    }

    [Fact]
    public async Task AReplicaThatCannotRecogniseCallersLetsNothingLapseAndWaitsAFullTtlAfterwards()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        two.Leases.Freeze(true);
        one.Leases.Expect("silent", Short);
        two.Leases.Expect("silent", Short);
        await one.Leases.UntilAsync(static leases => leases.StateOf("silent").HasLapsed);
        two.Leases.StateOf("silent").HasLapsed.ShouldBeFalse();

        // Nobody was heard for it in the time that it has now.
        var thawed = DateTimeOffset.UtcNow;
        two.Leases.Freeze(false);
        await two.Leases.UntilAsync(static leases => leases.StateOf("silent").HasLapsed);
        DateTimeOffset.UtcNow.ShouldBeGreaterThanOrEqualTo(thawed + Short);
        two.Leases.StateOf("silent").LapsedAt!.Value.ShouldBeGreaterThanOrEqualTo(thawed);
        one.Leases.StateOf("silent").HasLapsed.ShouldBeTrue("a thaw renews nothing");
    }

    [Fact]
    public async Task AFlushedRedisLeavesEveryoneAliveWithAFullTtl()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        one.Leases.Expect("lapsed", Short);
        await one.RenewAsync("renewed", Long);
        await one.Leases.UntilAsync(static leases => leases.StateOf("lapsed").HasLapsed);
        using (var admin = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true"))
            await admin.GetServer("127.0.0.1", redis.Port).FlushDatabaseAsync();

        // No entry means unknown, hence alive; it begins anew, and lapses when that has passed.
        await one.Leases.UntilAsync(static leases => !leases.StateOf("lapsed").HasLapsed);
        one.Leases.StateOf("renewed").HasLapsed.ShouldBeFalse();
        await one.Leases.UntilAsync(static leases => leases.StateOf("lapsed").HasLapsed);
    }

    [Fact]
    public async Task TenThousandLeasesAreHandedOverInAFewCallsAndEveryKeyExpires()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(number => one.RenewAsync($"id{number}", TimeSpan.FromSeconds(30))));

        using var reader = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var database = reader.GetDatabase();
        (await database.SortedSetLengthAsync("registry-gateway:{leases}:deadlines")).ShouldBe(10_000);
        var keys = reader.GetServer("127.0.0.1", redis.Port).Keys(pattern: "*").ToList();
        keys.ShouldAllBe(static key => ((string)key!).StartsWith("registry-gateway:", StringComparison.Ordinal));

        // Heartbeats that come together are one script call; the replica's own looks come on top.
        var calls = (await reader.GetServer("127.0.0.1", redis.Port).InfoAsync("commandstats")).SelectMany(static group => group)
            .Where(static stat => stat.Key is "cmdstat_evalsha" or "cmdstat_eval")
            .Sum(static stat => int.Parse(stat.Value.Split(',')[0]["calls=".Length..], System.Globalization.CultureInfo.InvariantCulture));
        calls.ShouldBeInRange(10, 100);
        foreach (var key in keys)
            (await database.KeyTimeToLiveAsync(key)).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(70));
    }

    [Fact]
    public async Task WhatIsForgottenHereStaysWhereItWasRenewedElsewhereSince()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await LeaseReplica.StartAsync(redis);
        await using var two = await LeaseReplica.StartAsync(redis);
        await two.RenewAsync("again", Long);
        await two.RenewAsync("gone", Long);
        await one.RenewAsync("again", Long + Long);
        two.Leases.Forget("again");
        two.Leases.Forget("gone");

        // A fence: what is forgotten is handed over with the next heartbeat.
        await two.RenewAsync("fence", Long);
        using var reader = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = reader.GetDatabase();
        (await database.SortedSetScoreAsync("registry-gateway:{leases}:deadlines", "again")).ShouldNotBeNull();
        (await database.SortedSetScoreAsync("registry-gateway:{leases}:deadlines", "gone")).ShouldBeNull();
    }

    private static async Task HeartbeatForAsync(TimeSpan span, string[] ids, params LeaseReplica[] replicas)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        for (var (round, elapsed) = (0, TimeSpan.Zero); elapsed < span; round++, elapsed += beat.Period)
        {
            await Task.WhenAll(ids.Select((id, number) => replicas[(number + round) % replicas.Length].RenewAsync(id, Ttl)));
            await beat.WaitForNextTickAsync();
        }
    }
}
