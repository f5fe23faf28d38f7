using Gateway.Tests.Api;
using Gateway.Tests.Callers;

namespace Gateway.Tests.Facades.Shared;

/// <summary>What a client says of its own state counts until it says that it is up; what another caller set stays.</summary>
public sealed class ClientStateTests
{
    private const string One = "10.0.0.1";
    private const string State = "/probe/orders-8080/state";

    [Theory]
    [InlineData("Down")]
    [InlineData("Starting")]
    [InlineData("OutOfService")]
    [InlineData("Critical")]
    [InlineData("Warning")]
    [InlineData("Maintenance")]
    [InlineData("Disabled")]
    public async Task EachStateIsOutOfServiceWithItsReasonUntilTheClientIsUp(string state)
    {
        await using var world = await StartAsync();

        (await world.CallAsync("PUT", $"{State}?state={state}", One)).ShouldBe($"200 orders 10.0.0.1:8080 OUT_OF_SERVICE Client{state} orders-8080");
        var patches = world.Patches();
        (await world.CallAsync("PUT", $"{State}?state={state}", One)).ShouldContain($"Client{state}");
        world.Patches().ShouldBe(patches, "the same again is no write");
        (await world.CallAsync("PUT", State, One)).ShouldBe("200 orders 10.0.0.1:8080 UP - orders-8080");
    }

    [Fact]
    public async Task ARegistrationMayBeginOutOfService()
    {
        await using var world = await StartAsync();

        (await world.CallAsync("POST", "/probe/starting?service=orders&port=9090&state=Starting", One)).ShouldContain("OUT_OF_SERVICE ClientStarting");
        (await world.CallAsync("POST", "/probe/starting?service=orders&port=9090", One)).ShouldContain(" UP - ");
    }

    [Fact]
    public async Task ANativeUpEndsIt()
    {
        await using var world = await StartAsync();
        await world.CallAsync("PUT", State + "?state=Maintenance", One);
        var id = world.Own("orders-1").ShouldHaveSingleItem().Key["registry-gateway.io/".Length..];

        using var answer = await world.First.Http.CallAsync("PATCH", $"/v1/registrations/{id}", """{"status":"UP"}""", headers: (RemoteAddressFilter.Header, One));

        (await world.CallAsync("GET", "/probe/orders-8080", One)).ShouldContain(" UP - ");
    }

    [Fact]
    public async Task WhatAnotherCallerTookOutStaysOutWhateverTheClientSays()
    {
        await using var world = await StartAsync();
        var id = world.Own("orders-1").ShouldHaveSingleItem().Key["registry-gateway.io/".Length..];
        using var answer = await world.First.Http.CallAsync(
            "PATCH", $"/v1/registrations/{id}?namespace=shop&pod=orders-1", """{"status":"OUT_OF_SERVICE"}""",
            headers: ("Authorization", $"Bearer {world.Cluster.IssueToken("shop", "default", null, ["registry-gateway"])}"));
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        (await world.CallAsync("PUT", State, One)).ShouldContain("OUT_OF_SERVICE SetByOperator");
        (await world.CallAsync("PUT", State + "?state=Down", One)).ShouldContain("OUT_OF_SERVICE SetByOperator");
        (await world.CallAsync("POST", "/probe/orders-8080?service=orders", One)).ShouldContain("OUT_OF_SERVICE SetByOperator");
        (await world.CallAsync("PUT", State, One)).ShouldContain("OUT_OF_SERVICE SetByOperator");
    }

    [Theory]
    [InlineData("", "?state=Down", "OUT_OF_SERVICE ClientDown")]
    [InlineData("?state=Down", "", " UP - ")]
    public async Task WhatIsSaidOnceCountsThroughAReplicaThatHasNotSeenTheWordBefore(string before, string said, string after)
    {
        await using var world = await StartAsync();
        await world.CallAsync("PUT", State + said, One);
        var lagging = await world.ReplicaAsync("lagging");
        await world.SeenAsync(lagging, "orders-1");
        world.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));
        await world.CallAsync("PUT", State + before, One);

        (await ProbeWorld.CallAsync(lagging, "PUT", State + said, One)).ShouldContain(after);
        await world.SeenAsync(world.First, "orders-1");
        (await world.CallAsync("GET", "/probe/orders-8080", One)).ShouldContain(after);
        world.Cluster.Faults.ResumeWatches();
    }

    private static async Task<ProbeWorld> StartAsync()
    {
        var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", "/probe/orders-8080?service=orders", One);
        return world;
    }
}
