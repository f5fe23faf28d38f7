using System.Net;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Consul;

/// <summary>What checks say: those that clients report, those that follow the pod, and maintenance.</summary>
public sealed class ConsulCheckTests
{
    [Theory]
    [InlineData("warn", "warning", 429)]
    [InlineData("fail", "critical", 503)]
    public async Task WhatAClientReportsCountsUntilItPasses(string report, string status, int code)
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await world.PutAsync($"/v1/agent/check/{report}/service:orders-1?note=x");
        (await world.PassingAsync()).ShouldBeEmpty();
        (await world.Http.LookUpAsync("shop", "orders")).ShouldBeEmpty();
        var entry = (await world.GetAsync("/v1/health/service/orders")).Json[0]!;
        entry["Checks"]![0]!["Status"]!.ToString().ShouldBe(status);
        entry["Checks"]![1]!["Status"]!.ToString().ShouldBe("passing");
        ((int)(await world.CallAsync("GET", "/v1/agent/health/service/id/orders-1")).Status).ShouldBe(code);
        (await world.GetAsync($"/v1/health/state/{status}")).Json.AsArray().ShouldHaveSingleItem()!["ServiceID"]!.ToString().ShouldBe("orders-1");

        await world.PutAsync("/v1/agent/check/pass/service%3Aorders-1");
        (await world.PassingAsync()).ShouldBe(["orders-1"]);
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task OfTwoReportsThroughReplicasThatHaveNotSeenEachOthersNoneIsLost()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""{"Name":"orders","ID":"orders-1","Port":8080,"Checks":[{"CheckID":"a","TTL":"10s","Status":"passing"},{"CheckID":"b","TTL":"10s","Status":"passing"}]}""");
        await using var lagging = await LaggingAsync(world);
        await world.PutAsync("/v1/agent/check/fail/a");
        await world.PutAsync("/v1/agent/check/fail/b", at: lagging.Http);
        await SeenAsync(world);
        await world.PutAsync("/v1/agent/check/pass/b");

        var entry = (await world.GetAsync("/v1/health/service/orders")).Json[0]!;
        entry["Checks"]!.AsArray().Take(2).Select(static one => $"{one!["CheckID"]} {one["Status"]}").ShouldBe(["a critical", "b passing"]);
        world.Cluster.Faults.ResumeWatches();
    }

    [Fact]
    public async Task ARegistrationThroughAReplicaThatHasNotSeenMaintenanceDoesNotEndIt()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await using var lagging = await LaggingAsync(world);
        await world.PutAsync("/v1/agent/service/maintenance/orders-1?enable=true&reason=disk");
        await world.RegisterAsync(ConsulWorld.Body(members: "\"Weights\":{\"Passing\":2}"), at: lagging.Http);
        await SeenAsync(world);

        var entry = (await world.GetAsync("/v1/health/service/orders")).Json[0]!;
        entry["Service"]!["Weights"]!["Passing"]!.GetValue<int>().ShouldBe(2);
        entry["Checks"]!.AsArray().Select(static one => (string)one!["Notes"]!).ShouldContain("disk");
        (await world.PassingAsync()).ShouldBeEmpty();
        world.Cluster.Faults.ResumeWatches();
    }

    private static async Task<GatewayUnderTest> LaggingAsync(ConsulWorld world)
    {
        var lagging = await world.ReplicaAsync(("Kubernetes:InstanceName", "lagging"));
        (await lagging.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "orders")).Instances.Length == 1, Patience.Limit)).ShouldNotBeNull();
        world.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));
        return lagging;
    }

    /// <summary>Until the first replica has taken in what was written to the pod last.</summary>
    private static async Task SeenAsync(ConsulWorld world)
    {
        var stored = world.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "orders-1")!;
        var version = ulong.Parse((string)stored.Copy()["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
        (await world.Gateway.State.WaitForPodAsync("shop", "orders-1", stored.Uid, version, Patience.Limit)).ShouldNotBeNull();
    }

    [Fact]
    public async Task AReportOfWhatIsKnownWritesNothing()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var patches = world.Patches;
        for (var i = 0; i < 5; i++)
            await world.PutAsync("/v1/agent/check/pass/service:orders-1");
        await world.PutAsync("/v1/agent/check/update/service:orders-1", """{"Status":"passing","Output":"all is well"}""");
        world.Patches.ShouldBe(patches);
        await world.PutAsync("/v1/agent/check/update/service:orders-1", """{"Status":"critical","Output":"disk"}""");
        world.Patches.ShouldBe(patches + 1);
        await world.PutAsync("/v1/agent/check/fail/service:orders-1");
        world.Patches.ShouldBe(patches + 1);
    }

    [Fact]
    public async Task TheWorstOfSeveralCounts()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""
            {"Name":"orders","Port":8080,"Checks":[{"TTL":"10s","Name":"disk"},{"CheckID":"db","TTL":"10s","Status":"critical"},{"HTTP":"http://10.0.0.1:8080/health","Interval":"10s"}]}
            """);
        (await Statuses(world)).ShouldBe([("service:orders:1", "passing"), ("db", "critical"), ("service:orders:3", "passing"), ("kubernetes:orders", "passing")]);
        await world.PutAsync("/v1/agent/check/warn/service:orders:1");
        await world.PutAsync("/v1/agent/check/pass/db");
        (await Statuses(world)).Take(2).ShouldBe([("service:orders:1", "warning"), ("db", "passing")]);
        (await world.PassingAsync()).ShouldBeEmpty();
        await world.PutAsync("/v1/agent/check/pass/service:orders:1");
        (await world.PassingAsync()).ShouldBe(["orders"]);
        ((int)(await world.CallAsync("PUT", "/v1/agent/check/pass/service:orders:3")).Status).ShouldBe(404, "a check that is not TTL is not reported");
    }

    [Fact]
    public async Task AnInitialStatusThatIsSaidCounts()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""{"Name":"orders","Port":8080,"Check":{"TTL":"10s","Status":"critical"}}""");
        (await world.PassingAsync()).ShouldBeEmpty();
        await world.PutAsync("/v1/agent/check/pass/service:orders");
        (await world.PassingAsync()).ShouldBe(["orders"]);
    }

    [Fact]
    public async Task ChecksOfOtherKindsFollowThePod()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""{"Name":"orders","Port":8080,"Check":{"TCP":"127.0.0.1:1","Interval":"10s"}}""");
        (await Statuses(world)).ShouldBe([("service:orders", "passing"), ("kubernetes:orders", "passing")]);
        NotReady(world);
        await world.PassingWillBeAsync(0);
        (await Statuses(world)).ShouldBe([("service:orders", "critical"), ("kubernetes:orders", "critical")]);
    }

    [Fact]
    public async Task ChecksComeAndGoByThemselves()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""{"Name":"orders","Port":8080}""");
        (await world.PassingAsync()).ShouldBe(["orders"]);
        await world.PutAsync("/v1/agent/check/register", """{"ID":"mem","Name":"memory","TTL":"10s","ServiceID":"orders","Status":"warning","Notes":"n"}""");
        (await Statuses(world)).ShouldBe([("mem", "warning"), ("kubernetes:orders", "passing")]);
        await world.PutAsync("/v1/agent/check/deregister/mem");
        (await world.PassingAsync()).ShouldBe(["orders"]);
        ((int)(await world.CallAsync("PUT", "/v1/agent/check/deregister/mem")).Status).ShouldBe(404);
        ((int)(await world.CallAsync("PUT", "/v1/agent/check/register", """{"Name":"memory","TTL":"10s","ServiceID":"nothing"}""")).Status).ShouldBe(404);
        ((int)(await world.CallAsync("PUT", "/v1/agent/check/register", """{"Name":"memory","TTL":"10s"}""")).Status).ShouldBe(400);
    }

    [Fact]
    public async Task MaintenanceLastsUntilItIsEnded()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await world.PutAsync("/v1/agent/service/maintenance/orders-1?enable=true&reason=new%20disk");
        var check = (await world.GetAsync("/v1/health/checks/orders")).Json.AsArray()[^1]!;
        ((string?)check["CheckID"], (string?)check["Status"], (string?)check["Name"], (string?)check["Notes"])
            .ShouldBe(("_service_maintenance:orders-1", "critical", "Service Maintenance Mode", "new disk"));
        await world.PutAsync("/v1/agent/check/pass/service:orders-1");
        await world.RegisterAsync();
        (await world.PassingAsync()).ShouldBeEmpty();
        await world.PutAsync("/v1/agent/service/maintenance/orders-1?enable=false");
        (await world.PassingAsync()).ShouldBe(["orders-1"]);
        await world.PutAsync("/v1/agent/service/maintenance/orders-1?enable=true");
        (await world.GetAsync("/v1/health/checks/orders")).Json.AsArray()[^1]!["Notes"]!.ToString().ShouldStartWith("Maintenance mode is enabled");
        await world.PutAsync("/v1/agent/maintenance?enable=false");
        (await world.PassingAsync()).ShouldBe(["orders-1"]);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(100)]
    public async Task MaintenanceOfAllServicesTakesAPlaceOfTheWriteLimitForEach(int services)
    {
        await using var world = await ConsulWorld.StartAsync(("Limits:WriteBurst", "10"), ("Limits:WritesPerSecond", "1"));
        StoredRecords.Write(world.Cluster, "orders-1", "consul", Enumerable.Range(0, services).Select(static i => ("orders", 8_000 + i, (string?)null)));
        (await world.Gateway.State.WaitAsync(snapshot => snapshot.Find(new("shop", "orders")).Instances.Length == services, Patience.Limit)).ShouldNotBeNull();
        var before = world.Patches;
        await world.PutAsync("/v1/agent/maintenance?enable=true");
        (world.Patches - before).ShouldBe(services);

        var answer = await world.CallAsync("PUT", "/v1/agent/maintenance?enable=false");
        ((int)answer.Status, answer.Headers.RetryAfter is not null).ShouldBe((429, true), answer.Text);
        (world.Patches - before).ShouldBe(services, "none of them is written, so that a repeated call finds all of them");
    }

    [Fact]
    public async Task AReportAfterADeregistrationIsAnsweredAndCreatesNothing()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await world.PutAsync("/v1/agent/service/deregister/orders-1");
        var patches = world.Patches;
        await world.PutAsync("/v1/agent/check/pass/service:orders-1");
        world.Patches.ShouldBe(patches);
        (await world.GetAsync("/v1/health/service/orders")).Text.ShouldBe("[]");
    }

    [Fact]
    public async Task AnUnknownCheckIsRefusedInTheWordsOfBothVersions()
    {
        await using var world = await ConsulWorld.StartAsync();
        var answer = await world.CallAsync("PUT", "/v1/agent/check/pass/service:nothing");
        answer.Status.ShouldBe(HttpStatusCode.NotFound);
        answer.Text.ShouldContain("CheckID \"service:nothing\" does not have associated TTL");
        answer.Text.ShouldContain("Unknown check ID \"service:nothing\"");
    }

    [Fact]
    public async Task ByDefaultThePodIsTheLease()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ConsulWorld.StartAsync(time);
        await world.RegisterAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        (await world.PassingAsync()).ShouldBe(["orders-1"]);
    }

    [Fact]
    public async Task WithLeasesSilenceIsCriticalUntilTheNextReport()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ConsulWorld.StartAsync(time, ("Facades:Leases", "true"));
        await world.RegisterAsync();
        time.Advance(TimeSpan.FromSeconds(11));
        await world.PassingWillBeAsync(0);
        (await Statuses(world))[0].ShouldBe(("service:orders-1", "critical"));
        await world.PutAsync("/v1/agent/check/pass/service:orders-1");
        await world.PassingWillBeAsync(1);
    }

    private static async Task<IReadOnlyList<(string, string)>> Statuses(ConsulWorld world) =>
        [.. (await world.GetAsync("/v1/health/checks/orders")).Json.AsArray().Select(static check => (check!["CheckID"]!.ToString(), check["Status"]!.ToString()))];

    private static void NotReady(ConsulWorld world) => world.Cluster.Player.SetReady("shop", "orders-1", false);
}
