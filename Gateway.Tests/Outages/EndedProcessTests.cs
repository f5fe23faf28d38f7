using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;
using Gateway.Tests.Replicas;

namespace Gateway.Tests.Outages;

/// <summary>A gateway's process that gets SIGTERM, or is killed, while registrations, lookups and streams are under way.</summary>
public sealed class EndedProcessTests(ITestOutputHelper output)
{
    private const string Watch = "/v1/watch?namespace=shop";
    private const int Held = 3;

    [Fact]
    public async Task SigtermUnderLoadAnswersWhatWasAdmittedAndLosesNoAcknowledgedRegistration()
    {
        await using var small = await SmallCluster.StartAsync();
        Fill(small);
        await using var replica = await ReplicaProcess.StartAsync(small.Cluster.Url);
        await replica.Http.RegisterAsync(new { @namespace = "shop", pod = "steady", service = "steady", port = 8080 });
        var subscribers = await SubscribeAsync(replica, 4);
        await using var load = new ProcessLoad(replica.Http.BaseAddress!);
        try
        {
            await load.UntilBusyAsync();

            // In flight at the signal: writes that the API server has not answered, and a long poll.
            small.Cluster.Faults.HoldRequests(static request => request.Method == "PATCH" && request.Path.Contains("/held-", StringComparison.Ordinal));
            var writes = Enumerable.Range(0, Held)
                .Select(pod => replica.Http.RegisterAsync(new { @namespace = "shop", pod = $"held-{pod}", service = "held", port = 8080 }, HttpStatusCode.Created)).ToList();
            var steady = await replica.Http.GetJsonAsync("/v1/namespaces/shop/services/steady/instances");
            var poll = replica.Http.GetJsonAsync($"/v1/namespaces/shop/services/steady/instances?index={steady["revision"]}&wait=5m");
            using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            while (small.Cluster.Faults.HeldRequests < Held)
                await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);

            var ending = replica.TerminateAsync();
            foreach (var subscriber in subscribers)
                await subscriber.Ended.Within();
            subscribers.ShouldAllBe(static subscriber => subscriber.HasGoaway);
            (await poll.Within())["instances"]!.AsArray().Count.ShouldBe(1);
            await UntilRefusedAsync(replica.Http.BaseAddress!, ticks);
            writes.ShouldAllBe(static write => !write.IsCompleted);

            small.Cluster.Faults.ReleaseRequests();
            foreach (var made in await Task.WhenAll(writes).Within())
                ProcessLoad.Stored(small).ShouldContain((string)made["id"]!);
            (await ending).ShouldBe(0);
            await load.EndedAsync();
        }
        finally
        {
            foreach (var subscriber in subscribers)
                await subscriber.DisposeAsync();
        }

        load.Wrong.ShouldBeEmpty();
        load.ShouldBeStoredIn(small);
        output.WriteLine($"{load.Acknowledged.Count} acknowledged, {load.Lookups} lookups");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AfterAKillUnderLoadTheNextProcessHasEveryAcknowledgedRegistrationAndItsSubscribers(bool withRedis)
    {
        await using var redis = withRedis ? await RedisUnderTest.ShareAsync() : null;
        (string, string)[] settings = redis is null ? [] : [("Redis:Configuration", redis.Configuration)];
        await using var small = await SmallCluster.StartAsync();
        Fill(small);
        await using var first = await ReplicaProcess.StartAsync(small.Cluster.Url, settings);
        await first.Http.RegisterAsync(new { @namespace = "shop", pod = "steady", service = "steady", port = 8080 });
        var subscribers = await SubscribeAsync(first, 4);
        await using var load = new ProcessLoad(first.Http.BaseAddress!) { IsKilled = true };
        try
        {
            await load.UntilBusyAsync();
            await first.KillAsync();
            await load.EndedAsync();
            load.Wrong.ShouldBeEmpty();
            foreach (var subscriber in subscribers)
                await subscriber.Ended.Within();

            await using var second = await ReplicaProcess.StartAsync(small.Cluster.Url, settings);
            load.ShouldBeStoredIn(small);
            foreach (var subscriber in subscribers)
                await subscriber.ConnectAsync(second.Http, remember: true);
            var fresh = (await SubscribeAsync(second, 1)).Single();
            subscribers.Add(fresh);
            await fresh.UntilAsync(
                held => ProcessLoad.Stored(small).SetEquals(held.Keys.Select(static key => key.Id)), () => $"held {fresh.Held().Count} of {ProcessLoad.Stored(small).Count}");
            foreach (var subscriber in subscribers)
                await subscriber.UntilHoldsAsync(fresh.Held());
            output.WriteLine($"{load.Acknowledged.Count} acknowledged, {load.Lookups} lookups; snapshots again: {subscribers.Sum(static one => one.Snapshots)}");
        }
        finally
        {
            foreach (var subscriber in subscribers)
                await subscriber.DisposeAsync();
        }
    }

    private static void Fill(SmallCluster small)
    {
        small.Node("node-1", "zone-a");
        small.Pod("steady", "10.0.0.1");
        for (var pod = 0; pod < Held; pod++)
            small.Pod($"held-{pod}", $"10.0.2.{pod + 1}");
        ProcessLoad.Fill(small);
    }

    private static async Task<List<RoamingSubscriber>> SubscribeAsync(ReplicaProcess replica, int count)
    {
        var subscribers = Enumerable.Range(0, count).Select(static _ => new RoamingSubscriber(Watch)).ToList();
        foreach (var subscriber in subscribers)
        {
            await subscriber.ConnectAsync(replica.Http, remember: false);
            await subscriber.UntilAsync(static held => held.Count > 0, static () => "no snapshot came");
        }

        return subscribers;
    }

    /// <summary>Until a new connection is refused; what is answered before that is answered well, or with 503.</summary>
    private static async Task UntilRefusedAsync(Uri address, PeriodicTimer ticks)
    {
        do
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Patience.Limit };
            try
            {
                using var answer = await http.GetAsync("/readyz");
                answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            }
            catch (HttpRequestException refused)
            {
                if (refused.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
                    return;
            }
        }
        while (await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken));
    }
}
