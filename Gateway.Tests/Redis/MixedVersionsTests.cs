using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Redis;

/// <summary>Replicas of two versions, as during an upgrade, of two installations, and far too many.</summary>
public sealed class MixedVersionsTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _ending = new();
    private readonly GatewayMetrics _metrics = new();
    private RedisUnderTest _redis = null!;
    private RedisShell _shell = null!;
    private RedisConnection _connection = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.ShareAsync();
        _shell = await RedisShell.OpenAsync(_redis);
        _connection = await _redis.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        await _connection.DisposeAsync();
        await _shell.DisposeAsync();
        await _redis.DisposeAsync();
        _metrics.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task AReplicaKnowsThoseOfAnotherProtocolAndThoseThatSayNone()
    {
        var old = new ReplicaRoster(_connection, TimeProvider.System, protocol: ReplicaRoster.CurrentProtocol + 1);
        var here = new ReplicaRoster(_connection, TimeProvider.System);
        var there = new ReplicaRoster(_connection, TimeProvider.System);
        here.IsMixed.ShouldBeNull();
        await there.LookAsync().Within();
        var alike = (await here.LookAsync().Within()).ShouldNotBeNull();
        (alike.Others.IsEmpty, here.IsMixed).ShouldBe((true, false));

        await old.LookAsync().Within();
        (await here.LookAsync().Within()).ShouldNotBeNull().Others.ShouldBe([old.Self]);
        here.IsMixed.ShouldBe(true);
        old.IsMixed.ShouldBe(true);

        // As a replica from before the numbers reports itself.
        var oldest = new string('a', 16);
        await _shell.RunAsync("ZADD", (string)RedisKeys.Default.Replicas!, RedisShell.Now, oldest);
        (await here.LookAsync().Within()).ShouldNotBeNull().Others.ShouldBe([old.Self, oldest], ignoreOrder: true);
        await _shell.RunAsync("ZREM", (string)RedisKeys.Default.Replicas!, oldest, old.Self);
        (await here.LookAsync().Within()).ShouldNotBeNull().Others.ShouldBeEmpty();
        here.IsMixed.ShouldBe(false);
        (await _shell.Database.HashLengthAsync(RedisKeys.Default.ReplicasSay)).ShouldBe(2, "what a replica said leaves with it");
    }

    [Fact]
    public async Task WithAReplicaOfAnotherProtocolNoLeaseLapsesAndAfterItEachBeginsAFullTtl()
    {
        var roster = new ReplicaRoster(_connection, TimeProvider.System);
        var other = new ReplicaRoster(_connection, TimeProvider.System, protocol: ReplicaRoster.CurrentProtocol + 1);
        await other.LookAsync().Within();
        await roster.LookAsync().Within();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, time, roster);
        _running = Task.WhenAll(leases.RunAsync(_ending.Token), new RedisExchange(_connection, time, leases).RunAsync(_ending.Token));
        var ttl = TimeSpan.FromMilliseconds(50);
        leases.Expect("a", ttl);
        await _shell.RunAsync("SET", (string)RedisKeys.Default.LeasesServed!, RedisShell.Now);
        await _shell.RunAsync("ZADD", (string)RedisKeys.Default.LeaseDeadlines!, RedisShell.Now - 1, "a", RedisShell.Now - 1, "b");
        await TurnAsync(time, rounds: 6);
        leases.StateOf("a").HasLapsed.ShouldBeFalse("another replica may have received its heartbeats");
        (await leases.ConfirmLapsedAsync("a")).ShouldBeFalse();

        await _shell.RunAsync("ZREM", (string)RedisKeys.Default.Replicas!, other.Self);
        await roster.LookAsync().Within();
        await TurnAsync(time, rounds: 6);

        // The deadlines of the mix are void in Redis too, so a replica that starts now does not judge by them.
        var late = await LeaseScript.RunAsync(_connection, new LeaseBatch([], [("b", TimeSpan.FromMinutes(1))], []), TimeSpan.FromHours(1));
        late.ShouldNotBeNull().Deadlines[0].ShouldBe(late!.Now + 60_000);

        // From here on the lease is judged again.
        var lapsed = leases.UntilAsync(static all => all.StateOf("a").HasLapsed);
        while (!lapsed.IsCompleted)
            await TurnAsync(time, rounds: 1);
        await lapsed.Within();
    }

    [Fact]
    public async Task ALeaseIsNotJudgedBeforeTheReplicasAreKnown()
    {
        var roster = new ReplicaRoster(_connection, TimeProvider.System);
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, time, roster);
        _running = Task.WhenAll(leases.RunAsync(_ending.Token), new RedisExchange(_connection, time, leases).RunAsync(_ending.Token));
        leases.Expect("a", TimeSpan.FromMilliseconds(1));
        await TurnAsync(time, rounds: 6);
        leases.StateOf("a").HasLapsed.ShouldBeFalse();
        await roster.LookAsync().Within();
        var lapsed = leases.UntilAsync(static all => all.StateOf("a").HasLapsed);
        while (!lapsed.IsCompleted)
            await TurnAsync(time, rounds: 1);
        await lapsed.Within();
    }

    [Fact]
    public async Task ADrainSaysNullWithAReasonWhileAReplicaOfAnotherProtocolIsLiveAndDoesNotWaitForIt()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", _redis.Configuration));
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await using var stream = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        var other = new ReplicaRoster(_connection, TimeProvider.System, protocol: ReplicaRoster.CurrentProtocol + 1);
        await other.LookAsync().Within();

        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=60s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["drain"]!.AsObject();
        drain["complete"].ShouldBeNull(drain.ToJsonString());
        ((string)drain["reason"]!).ShouldBe("replicas of another version are running");
        ((int)drain["subscribers"]!, (int)drain["pending"]!, (int)drain["replicas"]!).ShouldBe((1, 0, 1));
        await stream.NextAsync("removed");
    }

    [Fact]
    public async Task TwoHundredThousandGhostsDoNotHoldADrainPastItsDeadline()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", _redis.Configuration));
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        const string Ghosts = """
            for i = 1, 200000 do
              local name = string.format('%016x', i)
              redis.call('ZADD', KEYS[1], ARGV[1], name)
              redis.call('HSET', KEYS[2], name, ARGV[2])
            end
            """;
        await _shell.Database.ScriptEvaluateAsync(
            Ghosts, [RedisKeys.Default.Replicas, RedisKeys.Default.ReplicasSay], [RedisShell.Now + 9000, $"{ReplicaRoster.CurrentProtocol} "]).Within();

        var started = Stopwatch.GetTimestamp();
        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=2s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["drain"]!.AsObject();
        drain["complete"].ShouldBeNull(drain.ToJsonString());
        ((string)drain["reason"]!).ShouldBe($"there are more than {ReplicaRoster.MaxReplicas} replicas");
        ((long)drain["milliseconds"]!).ShouldBeLessThan(3000);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Patience.Limit);
        (await _shell.Database.HashLengthAsync(RedisKeys.Default.ReplicasSay)).ShouldBeLessThanOrEqualTo(2 * ReplicaRoster.MaxReplicas);
    }

    [Fact]
    public async Task GhostsThatNoLongerReportAreRemovedAtOnce()
    {
        const string Ghosts = "for i = 1, 200000 do redis.call('ZADD', KEYS[1], ARGV[1], string.format('%016x', i)) end";
        await _shell.Database.ScriptEvaluateAsync(Ghosts, [RedisKeys.Default.Replicas], [RedisShell.Now - 60_000]).Within();
        var roster = new ReplicaRoster(_connection, TimeProvider.System);
        (await roster.LookAsync().Within()).ShouldNotBeNull().ShouldSatisfyAllConditions(
            live => live.Names.ShouldBe([roster.Self]), live => live.AreAll.ShouldBeTrue(), live => live.Others.ShouldBeEmpty());
        (await _shell.Database.SortedSetLengthAsync(RedisKeys.Default.Replicas)).ShouldBe(1);
    }

    [Fact]
    public async Task ADrainThatRedisDoesNotAnswerEndsAtItsDeadline()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var connection = await redis.ConnectAsync();
        await using var other = await redis.ConnectAsync();
        var roster = new ReplicaRoster(connection, TimeProvider.System);
        var questions = new ReplicaQuestions(connection, roster, Supervised.Loops(), TimeProvider.System, NullLogger<ReplicaQuestions>.Instance)
        {
            Answer = static _ => Task.FromResult<string?>("1 0 0"),
        };
        (await questions.AskAsync("a", Patience.Limit, CancellationToken.None).Within()).Unknown.ShouldBeNull();
        (await other.TryAsync(static database => database.ExecuteAsync("CLIENT", "PAUSE", "60000", "ALL"))).HasValue.ShouldBeTrue();
        var started = Stopwatch.GetTimestamp();
        var answers = await questions.AskAsync("b", TimeSpan.FromMilliseconds(200), CancellationToken.None).Within();
        answers.Unknown.ShouldBe("Redis is unavailable");

        // Less than the time that a single call is given.
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task TwoLiveInstallationsUnderOnePrefixAreAnErrorInTheLog()
    {
        using var log = new LogBookOf<ReplicaRoster>();
        var here = new ReplicaRoster(_connection, TimeProvider.System, log, "shop/gateway");
        var same = new ReplicaRoster(_connection, TimeProvider.System, log, "shop/gateway");
        await same.LookAsync().Within();
        await here.LookAsync().Within();
        log.Lines.ShouldBeEmpty();
        var stranger = new ReplicaRoster(_connection, TimeProvider.System, installation: "other/gateway");
        await stranger.LookAsync().Within();
        await here.LookAsync().Within();
        await log.WaitForAsync(2106);
        here.IsMixed.ShouldBe(false);
    }

    /// <summary>So many times the exchange has waited for the next second, and waits again.</summary>
    private static async Task TurnAsync(ManualTimeProvider time, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
    }
}
