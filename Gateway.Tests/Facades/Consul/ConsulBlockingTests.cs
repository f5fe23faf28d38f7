using System.Text.Json;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Consul;

/// <summary>Blocking queries over the wire, at one replica, at two, and over a restart.</summary>
public sealed class ConsulBlockingTests
{
    [Fact]
    public async Task ABlockingQueryEndsWithTheChangeAndNotWithThatOfAnother()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var known = (await world.GetAsync("/v1/health/service/orders?passing=true")).Index;
        var blocked = world.GetAsync($"/v1/health/service/orders?passing=true&index={known}&wait=1m");
        await WaitingAsync(world, 1);
        await world.RegisterAsync(ConsulWorld.Body("carts-1", "carts", "10.0.0.2"), "10.0.0.2");
        blocked.IsCompleted.ShouldBeFalse();
        await world.PutAsync("/v1/agent/check/fail/service:orders-1");
        var answer = await blocked.WaitAsync(Patience.Limit);
        (answer.Text, answer.Index > known).ShouldBe(("[]", true));
    }

    /// <summary>Weights for a state of warning, say, are Consul's alone: native consumers see no change.</summary>
    [Theory]
    [InlineData("/v1/health/service/orders")]
    [InlineData("/v1/catalog/service/orders")]
    [InlineData("/v1/health/state/any")]
    public async Task ABlockingQueryEndsWithAChangeThatOnlyConsulsClientsAreShown(string path)
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var native = world.Gateway.State.Current.Find(new("shop", "orders"));
        var known = (await world.GetAsync(path)).Index;
        var blocked = world.GetAsync($"{path}?index={known}&wait=1m");
        await world.RegisterAsync(ConsulWorld.Body(members: """ "Weights":{"Passing":1,"Warning":5} """));
        (await blocked.WaitAsync(Patience.Limit)).Index.ShouldBeGreaterThan(known);
        var now = world.Gateway.State.Current.Find(new("shop", "orders"));
        (now.Sequence, now.Revision).ShouldBe((native.Sequence, native.Revision));
        ((int)(await world.GetAsync("/v1/health/service/orders")).Json[0]!["Service"]!["Weights"]!["Warning"]!).ShouldBe(5);
        var settled = (await world.GetAsync(path)).Index;
        (await world.GetAsync($"{path}?index={settled}&wait=10ms")).Index.ShouldBe(settled);
    }

    [Fact]
    public async Task AtTheEndOfTheWaitTheIndexIsTheSame()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        foreach (var path in new[] { "/v1/health/service/orders", "/v1/catalog/services", "/v1/catalog/service/nothing", "/v1/health/state/any" })
        {
            var known = (await world.GetAsync(path)).Index;
            (await world.GetAsync($"{path}?index={known}&wait=10ms")).Index.ShouldBe(known, path);
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("9007199254740991")]
    [InlineData("18446744073709551615")]
    public async Task AnIndexOfNoKnownStateIsAnsweredAtOnce(string index)
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        (await world.GetAsync($"/v1/health/service/orders?index={index}&wait=10m")).Json.AsArray().Count.ShouldBe(1);
        (await world.GetAsync($"/v1/catalog/services?index={index}&wait=10m")).Json.AsObject().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/v1/kv/config/orders", 404)]
    [InlineData("/v1/event/list", 200)]
    public async Task AWatchOfAKeyOrOfEventsIsHeldToTheEndOfItsWait(string path, int status)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ConsulWorld.StartAsync(time);
        var known = (await world.CallAsync("GET", path)).Index;
        await world.RegisterAsync(ConsulWorld.Body(id: path));
        var held = world.CallAsync("GET", $"{path}?index={known}&wait=1m");
        (await world.CallAsync("GET", $"{path}?index=0")).Index.ShouldNotBe(0UL);
        held.IsCompleted.ShouldBeFalse(path);
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (!held.IsCompleted)
        {
            // In steps: a call that does not wait yet misses the time that is over before.
            time.Advance(TimeSpan.FromSeconds(70));
            await Task.Delay(20, deadline.Token);
        }

        ((int)(await held).Status, (await held).Index).ShouldBe((status, known), path);
    }

    [Theory]
    [InlineData("/v1/kv/config?index=x")]
    [InlineData("/v1/kv/config?index=1&wait=soon")]
    [InlineData("/v1/event/list?index=-1")]
    public async Task AWatchOfAKeyThatCannotBeReadIsRefused(string path)
    {
        await using var world = await ConsulWorld.StartAsync();
        ((int)(await world.CallAsync("GET", path)).Status).ShouldBe(400);
    }

    [Fact]
    public async Task TheListOfServicesChangesWithNamesAndTagsAlone()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var known = (await world.GetAsync("/v1/catalog/services")).Index;
        var blocked = world.GetAsync($"/v1/catalog/services?index={known}&wait=1m");
        await world.PutAsync("/v1/agent/check/fail/service:orders-1");
        (await world.GetAsync("/v1/catalog/services")).Index.ShouldBe(known);
        blocked.IsCompleted.ShouldBeFalse();
        await world.RegisterAsync(ConsulWorld.Body("carts-1", "carts", "10.0.0.2"), "10.0.0.2");
        (await blocked.WaitAsync(Patience.Limit)).Json["carts"].ShouldNotBeNull();
    }

    [Fact]
    public async Task AServiceThatVanishesAndComesBackIsSeenEachTime()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var index = (await world.GetAsync("/v1/catalog/service/orders")).Index;
        for (var i = 0; i < 3; i++)
        {
            var blocked = world.GetAsync($"/v1/catalog/service/orders?index={index}&wait=1m");
            await (i % 2 == 0 ? world.PutAsync("/v1/agent/service/deregister/orders-1") : world.RegisterAsync());
            var answer = await blocked.WaitAsync(Patience.Limit);
            answer.Json.AsArray().Count.ShouldBe(i % 2);
            answer.Index.ShouldBeGreaterThan(index);
            index = answer.Index;
        }
    }

    /// <summary>One client whose calls alternate between two replicas: it ends with the truth, and is not answered much more often than there are changes.</summary>
    [Fact]
    public async Task AClientOfTwoReplicasMissesNothingAndDoesNotSpin()
    {
        await using var world = await ConsulWorld.StartAsync();
        await using var second = await world.ReplicaAsync(("Kubernetes:InstanceName", "second"));
        HttpClient[] replicas = [world.Http, second.Http];
        await world.RegisterAsync();
        using var end = new CancellationTokenSource();
        var (answers, last) = (0, "");
        var reader = Task.Run(async () =>
        {
            var index = 0UL;
            while (!end.IsCancellationRequested)
            {
                var answer = await world.GetAsync($"/v1/health/service/orders?passing=true&index={index}&wait=2s", at: replicas[answers % 2]);
                (index, last) = (answer.Index, answer.Text);
                answers++;
            }
        });
        const int Changes = 10;
        for (var i = 0; i < Changes; i++)
        {
            await world.PutAsync($"/v1/agent/check/{(i % 2 == 0 ? "fail" : "pass")}/service:orders-1", at: replicas[i % 2]);
            await WaitForReadAsync(world, () => Volatile.Read(ref last) is var seen && (seen == "[]") == (i % 2 == 0) && seen.Length > 0);
        }

        var settled = Volatile.Read(ref answers);
        settled.ShouldBeLessThan(Changes * 6);
        await end.CancelAsync();
        await reader.WaitAsync(Patience.Limit);
        last.ShouldNotBe("[]");
    }

    [Fact]
    public async Task ARestartOfTheGatewayLosesNoChangeAndAnswersOnce()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var known = (await world.GetAsync("/v1/health/service/orders?passing=true")).Index;
        await world.RestartAsync();
        var answer = await world.GetAsync($"/v1/health/service/orders?passing=true&index={known}&wait=100ms");
        answer.Json.AsArray().Count.ShouldBe(1);
        var blocked = world.GetAsync($"/v1/health/service/orders?passing=true&index={answer.Index}&wait=1m");
        await WaitingAsync(world, 1);
        await world.PutAsync("/v1/agent/service/deregister/orders-1");
        (await blocked.WaitAsync(Patience.Limit)).Text.ShouldBe("[]");
    }

    [Fact]
    public async Task AChangeOfOneOfAThousandServicesWakesItsWatchersAlone()
    {
        await using var world = await ConsulWorld.StartAsync();
        foreach (var i in Enumerable.Range(0, 10))
            world.Pod($"many-{i}", $"10.0.7.{i + 1}");
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "many-9") is not null, Patience.Limit)).ShouldNotBeNull();
        var bodies = Enumerable.Range(0, 1000).Select(static i => new { @namespace = "shop", pod = $"many-{i / 100}", service = $"service-{i}", port = 8000 + i }).ToArray();
        foreach (var part in bodies.Chunk(100))
        {
            using var answer = await world.Http.PostAsync(JsonSerializer.Serialize(part));
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        }

        var blocked = Enumerable.Range(0, 50).Select(async i =>
        {
            var known = (await world.GetAsync($"/v1/health/service/service-{i}")).Index;
            return await world.GetAsync($"/v1/health/service/service-{i}?index={known}&wait=5m");
        }).ToList();
        await WaitingAsync(world, 50);
        await world.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-2", service = "service-7", port = 9000 });
        (await blocked[7].WaitAsync(Patience.Limit)).Json.AsArray().Count.ShouldBe(2);
        world.Gateway.State.Waiting.ShouldBe(49);
        blocked.Count(static one => one.IsCompleted).ShouldBe(1);
    }

    private static async Task WaitingAsync(ConsulWorld world, int count)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (world.Gateway.State.Waiting < count)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task WaitForReadAsync(ConsulWorld world, Func<bool> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (!met())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await world.GetAsync("/v1/status/leader");
        }
    }
}
