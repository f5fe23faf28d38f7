using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Core.Consumers;
using Gateway.Core.Redis;
using Gateway.Tests.Consumers;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>What replicas know of consumers is one answer, through Redis, that asks it for nothing while nothing happens.</summary>
public sealed class SharedConsumersTests : IAsyncLifetime
{
    private static readonly RedisKeys Keys = RedisKeys.Default;

    private readonly MetricsRecorder _counted = new();
    private readonly List<Replica> _replicas = [];
    private RedisUnderTest _redis = null!;
    private RedisShell _shell = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.StartAsync();
        _shell = await RedisShell.OpenAsync(_redis);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await _shell.DisposeAsync();
        await _redis.DisposeAsync();
        _counted.Dispose();
    }

    [Fact]
    public async Task EachReplicaAnswersWithWhatAllOfThemKnow()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        foreach (var replica in _replicas)
            replica.World.Identity.Run("carts-1", "10.1.0.1");
        for (var i = 0; i < 3; i++)
            here.World.LookUp("10.1.0.1");
        here.World.LookUp("10.9.9.9", facade: "consul");
        here.World.LookUp("10.1.0.1", "other");
        using var open = here.World.Subscribe("10.1.0.1", "orders");
        using var everything = here.World.Notes.Subscribed(here.World.Caller("10.1.0.1")!, [ConsumerKey.EverythingIn("shop")], null);
        there.World.LookUp("10.1.0.1");
        await ExchangeAsync();

        foreach (var replica in _replicas)
        {
            (await replica.World.OfAsync()).Select(static one => (one.Key.Pod, one.Key.Address, one.Key.Facade, one.Key.Service.Name, one.Lookups, one.Streams)).Order().ShouldBe(
                [("", "10.9.9.9", "consul", "orders", 1L, 0), ("carts-1", "", null, "*", 0L, 1), ("carts-1", "", null, "orders", 4L, 1)]);
            (await replica.World.Directory.OfPodAsync("shop", "carts-1", TestContext.Current.CancellationToken))
                .Select(static one => (one.Key.Service.Name, one.Lookups)).Order().ShouldBe([("*", 0L), ("orders", 4L), ("other", 1L)]);
        }
    }

    [Fact]
    public async Task WhatAReplicaKnewOutlivesItButItsStreamsDoNot()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        here.World.LookUp("10.1.0.1");
        using var open = here.World.Subscribe("10.1.0.1", "orders");
        await ExchangeAsync();
        (await there.World.OfAsync()).ShouldHaveSingleItem().Streams.ShouldBe(1);

        await here.Roster.LeaveAsync().Within();
        await there.Roster.LookAsync().Within();
        var left = (await there.World.OfAsync()).ShouldHaveSingleItem();
        (left.Lookups, left.Streams).ShouldBe((1L, 0));
    }

    [Fact]
    public async Task WhatIsNewIsSentAtOnceAndCountsOnceAMinute()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        await SeesAsync(1, 0);
        await SeesAsync(1, 0);
        using (here.World.Subscribe("10.1.0.1", "orders"))
            await SeesAsync(3, 1);
        await SeesAsync(4, 0);
        await SeesAsync(4, 0);
        here.World.Time.Advance(TimeSpan.FromMinutes(1));
        await SeesAsync(6, 0);

        async Task SeesAsync(long lookups, int streams)
        {
            here.World.LookUp("10.1.0.1");
            await ExchangeAsync();
            var seen = (await there.World.OfAsync()).ShouldHaveSingleItem();
            (seen.Lookups, seen.Streams).ShouldBe((lookups, streams));
        }
    }

    [Fact]
    public async Task NothingIsAskedWhileNothingIsNew()
    {
        var here = await ReplicaAsync();
        here.World.LookUp("10.1.0.1");
        await ExchangeAsync();
        var before = await ScriptCallsAsync();
        for (var second = 0; second < 5; second++)
            await here.ExchangeAsync();
        (await ScriptCallsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task AfterRedisWasAwayAllOfItIsSentAgain()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        here.World.LookUp("10.1.0.1");
        await ExchangeAsync();
        await _shell.RunAsync("FLUSHALL");
        await ExchangeAsync();
        (await there.World.OfAsync()).ShouldBeEmpty();

        foreach (var replica in _replicas)
            replica.Shared.ReadAllAgain();
        await ExchangeAsync();
        (await there.World.OfAsync()).ShouldHaveSingleItem().Lookups.ShouldBe(1);
    }

    [Fact]
    public async Task WithoutRedisAReplicaAnswersWithItsOwn()
    {
        var here = await ReplicaAsync();
        here.World.LookUp("10.1.0.1");
        await _redis.KillAsync();
        await here.Connection.UntilAsync(isAvailable: false);
        (await here.World.OfAsync()).ShouldHaveSingleItem().Lookups.ShouldBe(1);
    }

    [Fact]
    public async Task RecordsOlderThanADayAreNotAnsweredAndRemoved()
    {
        var here = await ReplicaAsync();
        await WriteAsync("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", $"{RedisShell.Now - 86_300_000} 7 0 1 - 10.1.0.1");
        await WriteAsync("-\nshop/orders\naddress 10.1.0.2\n0123456789abcdef", $"{RedisShell.Now - 86_500_000} 7 0 1 - 10.1.0.2");
        var one = (await here.World.OfAsync()).ShouldHaveSingleItem();
        (one.Key.Address, one.Lookups, one.IsProved).ShouldBe(("10.1.0.1", 7L, true));
        (here.World.Time.GetUtcNow() - one.LastSeen).TotalSeconds.ShouldBeInRange(86_300, 86_300 + Patience.Limit.TotalSeconds);
        (await FieldsAsync()).ShouldBe((2 * Keys.ConsumersOf.Count) - 1, "of the one hash that was read");
    }

    [Theory]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\nnobody", "{now} 7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress soon\n0123456789abcdef", "{now} 7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\npod ../x\n0123456789abcdef", "{now} 7 0 1 - 10.1.0.1")]
    [InlineData("A B\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 0 1 - 10.1.0.1")]
    [InlineData("-\nx\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "soon 7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "99999999999999 7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} -7 0 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 9999999 1 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 0 2 - 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 0 1 A/B 10.1.0.1")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now} 7 0 1 - here")]
    [InlineData("-\nshop/orders\naddress 10.1.0.1\n0123456789abcdef", "{now}")]
    public async Task WhatNoReplicaWritesIsSkippedAndCounted(string field, string value)
    {
        var here = await ReplicaAsync();
        await WriteAsync(field, value.Replace("{now}", RedisShell.Now.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        (await here.World.OfAsync()).ShouldBeEmpty();
        _counted["registry.redis.unreadable store=consumers"].ShouldBe(1);
    }

    [Fact]
    public async Task AHashThatIsFullLosesWhatWasSeenLongestAgo()
    {
        var here = await ReplicaAsync();
        foreach (var key in Keys.ConsumersOf)
        {
            await _shell.Database.ScriptEvaluateAsync(
                "for i = 1, 20000 do redis.call('HSET', KEYS[1], 'old ' .. i, (tonumber(ARGV[1]) + i) .. ' 1 0 0 - -') end", [key], [RedisShell.Now - 60_000]);
        }

        here.World.LookUp("10.1.0.1");
        await ExchangeAsync();
        (await FieldsAsync()).ShouldBe((20_000 * (Keys.ConsumersOf.Count - 1)) + 18_001);
        _counted["registry.consumers.dropped"].ShouldBe(2_000);
        foreach (var key in Keys.ConsumersOf)
            (await _shell.Database.HashExistsAsync(key, "old 20000")).ShouldBeTrue();
    }

    [Fact]
    public async Task WholeGatewaysAnswerTheSame()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", _redis.Configuration));
        var second = await registry.ReplicaAsync("second");
        foreach (var gateway in new[] { registry.Gateway, second })
            await gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        (await ConsumersAsync(registry.Http)).ShouldHaveSingleItem();

        // The one that was not asked for the service learns it from the other.
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await ConsumersAsync(second.Http) is not [{ } seen] || (long)seen["lookups"]! < 1)
            await poll.WaitForNextTickAsync(deadline.Token);

        static async Task<List<JsonNode>> ConsumersAsync(HttpClient http) =>
            [.. (await http.GetJsonAsync("/v1/consumers?namespace=shop&service=greeting"))["items"]!.AsArray().Select(static item => item!)];
    }

    private async Task<Replica> ReplicaAsync()
    {
        // What a call that was given up has written is not counted, and a busy machine is slow to sort a full hash.
        var connection = await _redis.ConnectAsync(_replicas.Count == 0 ? _counted : null, callTimeout: Patience.Limit);
        var roster = new ReplicaRoster(connection, TimeProvider.System);
        SharedConsumers shared = null!;
        var replica = new Replica(connection, roster, new ConsumerWorld(shared: time => shared = new SharedConsumers(connection, roster, time)), shared);
        _replicas.Add(replica);
        foreach (var one in _replicas)
            await one.Roster.LookAsync().Within();
        return replica;
    }

    private async Task ExchangeAsync()
    {
        foreach (var replica in _replicas)
            await replica.ExchangeAsync();
    }

    /// <summary>Into every hash: which one is read is the gateway's to know.</summary>
    private async Task WriteAsync(string field, string value)
    {
        foreach (var key in Keys.ConsumersOf)
            await _shell.Database.HashSetAsync(key, field, value);
    }

    private async Task<long> FieldsAsync()
    {
        var fields = 0L;
        foreach (var key in Keys.ConsumersOf)
            fields += await _shell.Database.HashLengthAsync(key);
        return fields;
    }

    private async Task<long> ScriptCallsAsync()
    {
        (await _replicas[0].Connection.TryAsync(static database => database.ExecuteAsync("INFO", "commandstats"))).TryGet(out var result).ShouldBeTrue();
        return ((string)result!).Split("\r\n").Where(static line => line.StartsWith("cmdstat_eval", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture));
    }

    private sealed record Replica(RedisConnection Connection, ReplicaRoster Roster, ConsumerWorld World, SharedConsumers Shared) : IAsyncDisposable
    {
        /// <summary>One round, and what the exchange does with it.</summary>
        public async Task ExchangeAsync()
        {
            await World.Directory.RefreshAsync(TestContext.Current.CancellationToken);
            await Shared.ExchangeAsync().Within();
        }

        public async ValueTask DisposeAsync()
        {
            World.Dispose();
            await Connection.DisposeAsync();
        }
    }
}
