namespace Gateway.Tests.Facades.Shared;

/// <summary>Heartbeats write nothing, never bring a registration back, and are known to every replica.</summary>
public sealed class BeatTests
{
    private const string One = "10.0.0.1";
    private const string Register = "/probe/orders-8080?service=orders";
    private const string Beat = "/probe/orders-8080/beat";

    [Fact]
    public async Task AHeartbeatAsksTheApiServerNothing()
    {
        await using var world = await ProbeWorld.StartAsync(("Facades:Leases", "true"));
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register + "&ttl=30", One);
        var calls = world.PodCalls();

        for (var i = 0; i < 10; i++)
            (await world.CallAsync("PUT", Beat, One)).ShouldBe("200 Renewed");
        (await world.CallAsync("PUT", "/probe/orders-8080/check", One)).ShouldBe("200 orders 10.0.0.1:8080 UP - orders-8080");

        world.PodCalls().ShouldBe(calls);
    }

    [Fact]
    public async Task HeartbeatsGoOnForFiveMinutesWithoutTheApiServer()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProbeWorld.StartAsync(time);
        await world.PodAsync("orders-1", One);
        var token = (ProbeFacade.Token, world.Token("orders-1"));
        await world.CallAsync("POST", Register, "192.0.2.9", token);
        world.Cluster.Faults.RefuseConnections();
        (await world.First.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit)).ShouldNotBeNull();

        time.Advance(TimeSpan.FromMinutes(5));

        (await world.CallAsync("PUT", Beat, "192.0.2.9", token)).ShouldBe("200 Renewed");
        (await world.CallAsync("PUT", Beat, One)).ShouldBe("200 Renewed");
        (await world.CallAsync("GET", "/probe", "192.0.2.9", token)).ShouldBe("200 orders 10.0.0.1:8080 UP - orders-8080");
    }

    [Fact]
    public async Task AfterADeregistrationEveryReplicaAnswersHeartbeatsAndCreatesNothing()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProbeWorld.StartAsync(time);
        var other = await world.ReplicaAsync("other");
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        await world.SeenAsync(other, "orders-1");

        await world.CallAsync("DELETE", "/probe/orders-8080", One);
        await world.SeenAsync(other, "orders-1");

        foreach (var replica in new[] { world.First, other })
            (await ProbeWorld.CallAsync(replica, "PUT", Beat, One)).ShouldBe("200 Removed");
        time.Advance(TimeSpan.FromSeconds(31));
        foreach (var replica in new[] { world.First, other })
            (await ProbeWorld.CallAsync(replica, "PUT", Beat, One)).ShouldBe("200 Unknown");
        world.Own("orders-1").ShouldBeEmpty();
    }

    [Fact]
    public async Task ARegistrationEndsThat()
    {
        await using var world = await ProbeWorld.StartAsync();
        var other = await world.ReplicaAsync("other");
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        await world.CallAsync("DELETE", "/probe/orders-8080", One);

        await world.CallAsync("POST", Register, One);
        await world.SeenAsync(other, "orders-1");

        (await world.CallAsync("PUT", Beat, One)).ShouldBe("200 Renewed");
        (await ProbeWorld.CallAsync(other, "PUT", Beat, One)).ShouldBe("200 Renewed");
    }

    [Fact]
    public async Task AReplicaThatHasNotSeenTheRegistrationReadsItOnce()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        var lagging = await world.ReplicaAsync("lagging");
        world.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));
        await world.CallAsync("POST", Register, One);

        (await ProbeWorld.CallAsync(lagging, "PUT", Beat, One)).ShouldBe("200 Renewed");
        (await ProbeWorld.CallAsync(lagging, "GET", "/probe/orders-8080", One)).ShouldBe("200 orders 10.0.0.1:8080 UP - orders-8080");
        (await ProbeWorld.CallAsync(lagging, "PUT", "/probe/unknown/beat", One)).ShouldBe("200 Unknown");
        (await ProbeWorld.CallAsync(lagging, "DELETE", "/probe/orders-8080", One)).ShouldBe("200 removed");
        world.Own("orders-1").ShouldBeEmpty();
        world.Cluster.Faults.ResumeWatches();
    }

    [Fact]
    public async Task ATerminatingPodsHeartbeatIsAnsweredAndItsRegistrationIsRefused()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        world.Terminate("orders-1");
        (await world.First.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "orders-1") is { Pod.IsTerminating: true }, Patience.Limit)).ShouldNotBeNull();

        (await world.CallAsync("PUT", Beat, One)).ShouldBe("200 Removed");
        (await world.CallAsync("PUT", "/probe/orders-8080/state?state=Down", One)).ShouldStartWith("200");
        (await world.CallAsync("DELETE", "/probe/orders-8080", One)).ShouldBe("200 removed");
        (await world.CallAsync("POST", Register, One)).ShouldBe("409 pod-terminating");
        world.Own("orders-1").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("true", "LeaseExpired")]
    [InlineData("false", "-")]
    public async Task AProtocolsTimeOutCountsOnlyWhereLeasesDo(string leases, string reason)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProbeWorld.StartAsync(time, ("Facades:Leases", leases));
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register + "&ttl=30", One);
        time.Advance(TimeSpan.FromSeconds(20));
        (await world.CallAsync("PUT", Beat, One)).ShouldBe("200 Renewed");
        time.Advance(TimeSpan.FromSeconds(20));
        (await world.CallAsync("GET", "/probe/orders-8080", One)).ShouldBe("200 orders 10.0.0.1:8080 UP - orders-8080");

        time.Advance(TimeSpan.FromSeconds(31));

        using var limit = new CancellationTokenSource(Patience.Limit);
        while (leases == "true" && world.First.State.Current.Find(new("shop", "orders")).Instances is not [{ Reason: "LeaseExpired" }])
        {
            // In steps: a loop that does not wait yet misses the time that is over before.
            time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(20, limit.Token);
        }

        (await world.CallAsync("GET", "/probe/orders-8080", One)).ShouldContain($" {reason} ");
    }

    [Fact]
    public async Task AHeartbeatThatLeadsToAWriteNeedsATokenThatStillHolds()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ProbeWorld.StartAsync(time, ("Limits:WriteBurst", "2"), ("Limits:WritesPerSecond", "1"));
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);

        (await world.CallAsync("PUT", "/probe/orders-8080/check?state=Critical", One)).ShouldContain("ClientCritical");
        (await world.CallAsync("PUT", "/probe/orders-8080/check?state=Warning", One)).ShouldBe("429 rate-limited");
        (await world.CallAsync("PUT", "/probe/orders-8080/check?state=Critical", One)).ShouldContain("ClientCritical");
    }
}
