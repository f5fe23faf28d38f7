using System.Globalization;
using System.Text;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Redis;

/// <summary>Every store alone, on many states of Redis: one exchange after whatever stood there, what replicas share is shared again.</summary>
public sealed class StoresOnGarbageTests(ITestOutputHelper output)
{
    private const int Rounds = 150;

    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    [Fact]
    public async Task WhateverStandsInRedisOneExchangeLaterReplicasShareAsEver()
    {
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}");
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var one = await redis.ConnectAsync();
        await using var two = await redis.ConnectAsync();
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var garbage = new RedisGarbage(shell, new Random(seed));
        var (keys, _) = RedisGarbage.Names(RevisionLayout.WholeCluster);
        var (posts, applications) = (new RedisPostLog(one), Applications(one));
        var histories = new SharedEpochs(one, registry.State, registry.Projector);
        for (var round = 0; round < Rounds; round++)
        {
            await garbage.FillAsync(RevisionLayout.WholeCluster, keys, []);
            await LeasesAsync(one);
            await PostsAsync(posts, two, round);
            await ApplicationsAsync(applications, two, round);
            await HistoriesAsync(histories, registry);
            await RosterAsync(one, two);
            await StateAsync(one, two);
        }
    }

    private static async Task LeasesAsync(RedisConnection connection)
    {
        var answer = (await LeaseScript.RunAsync(connection, new LeaseBatch([("a", Ttl)], [("b", Ttl)], [("c", RedisShell.Now)]), Keep).Within()).ShouldNotBeNull();
        answer.Deadlines[0].ShouldBe(answer.Now + (long)Ttl.TotalMilliseconds);
    }

    private static async Task PostsAsync(RedisPostLog posts, RedisConnection other, int round)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(RedisShell.Now);
        posts.Note($"{round:x32}", at);
        await posts.ExchangeAsync().Within();
        var late = new RedisPostLog(other);
        await late.ExchangeAsync().Within();
        late.LastPost($"{round:x32}").ShouldBe(at);
    }

    private static async Task ApplicationsAsync(RedisApplicationStore applications, RedisConnection other, int round)
    {
        var name = new ApplicationName("shop", "greeter");
        var revision = $"r{round}";
        (await applications.PutAsync(name, new ApplicationMetadata(revision, Encoding.UTF8.GetBytes($$"""{"app":"greeter","revision":"{{revision}}"}"""), []), isInUse: false)).ShouldBe(PutResult.Stored);
        var late = Applications(other);
        await late.RefreshAsync().AsTask().Within();
        late.Find(name).Find(revision).ShouldNotBeNull();
    }

    private static async Task HistoriesAsync(SharedEpochs histories, ProjectedRegistry registry)
    {
        var before = registry.State.Current.Revision.Parts.Max(static part => part.History);
        await histories.ExchangeAsync().Within();
        var after = registry.Fold().Revision;
        after.Parts.Max(static part => part.History).ShouldBeLessThanOrEqualTo(Math.Max(before + SharedEpochs.MostAtOnce, SharedEpochs.MostAtFirst));
        after.ToString().Length.ShouldBeLessThanOrEqualTo(Revision.MaxLength);
    }

    private static async Task RosterAsync(RedisConnection one, RedisConnection two)
    {
        var (here, there) = (new ReplicaRoster(one, TimeProvider.System), new ReplicaRoster(two, TimeProvider.System));
        (await here.FindAllAsync().Within()).ShouldNotBeNull().ShouldContain(here.Self);
        var all = (await there.FindAllAsync().Within()).ShouldNotBeNull();
        all.ShouldContain(here.Self);
        all.ShouldAllBe(static name => name.Length == 16);
    }

    private static async Task StateAsync(RedisConnection one, RedisConnection two)
    {
        var (here, there) = (State(one), State(two));
        await there.LoadAsync().Within();
        await here.ClaimAsync("one", TimeSpan.FromSeconds(25)).Within();
        (await here.ConfirmAsync(DateTimeOffset.UtcNow).Within()).ShouldBeFalse();
        var saved = new SavedRegistry(DateTimeOffset.UtcNow, "", [Given.Pod("a", "10.1.0.1")], [], [], [], []);
        (await here.SaveAsync(saved).Within()).ShouldBe(SaveOutcome.Saved);
        (await there.LoadedAsync()).ShouldNotBeNull().Pods.ShouldHaveSingleItem();
    }

    private static RedisApplicationStore Applications(RedisConnection connection) => new(connection, new ApplicationOptions(), TimeProvider.System);

    private static SavedRegistryStore State(RedisConnection connection) => new(connection, RevisionLayout.WholeCluster, new(), TimeProvider.System);
}
