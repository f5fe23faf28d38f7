using System.Net;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Eureka.EurekaWorld;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>What clients see while the API server is away, when their token ends, and where the protocol's own time-out counts.</summary>
public sealed class EurekaOutageTests
{
    [Fact]
    public async Task HeartbeatsAndListsGoOnForFiveMinutesWithoutTheApiServer()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time);
        await world.RegisterAsync(Body());
        var before = (await world.CallAsync("GET", "/eureka/apps")).Text;
        world.Cluster.Faults.RefuseConnections();
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit)).ShouldNotBeNull();
        time.Advance(TimeSpan.FromMinutes(5));

        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1?status=UP&lastDirtyTimestamp=1700000000000")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("GET", "/eureka/apps")).Text.ShouldBe(before);
        (await world.CallAsync("GET", "/eureka/apps/delta")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AWriteWithoutTheApiServerIs503AndSaysWhenToComeAgain()
    {
        await using var world = await StartAsync(("Registration:WriteTimeout", "00:00:01"));
        await world.RegisterAsync(Body());
        world.Cluster.Faults.RefuseConnections();
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit)).ShouldNotBeNull();
        var answer = await world.CallAsync("POST", "/eureka/apps/ORDERS", Body(members: """ "metadata":{"a":"b"} """));
        ((int)answer.Status, answer.Headers.RetryAfter is not null, answer.Content.ContentType!.MediaType).ShouldBe((503, true, "text/plain"), answer.Text);
    }

    [Fact]
    public async Task ATokenThatEndsIs401AndTheRegistrationStays()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time, ("Identity:SourceAddress", "false"));
        var token = ("Authorization", "Bearer " + world.Cluster.IssueToken("shop", "default", "orders-1", ["registry-gateway"], TimeSpan.FromMinutes(10)));
        (await world.CallAsync("POST", "/eureka/apps/ORDERS", Body(), headers: token)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1", headers: token)).Status.ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromMinutes(11));
        var late = await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1", headers: token);
        ((int)late.Status, late.Content.ContentType!.MediaType).ShouldBe((401, "text/plain"), late.Text);
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
        var next = ("Authorization", "Bearer " + world.Cluster.IssueToken("shop", "default", "orders-1", ["registry-gateway"], TimeSpan.FromHours(1)));
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1", headers: next)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task WhereLeasesCountTheClientsDurationDoes()
    {
        // Less than the 30 s after which the gateway asks the API server for its progress: no call of its own is on its way while time moves.
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time, ("Facades:Leases", "true"));
        await world.RegisterAsync(Body(members: """ "leaseInfo":{"renewalIntervalInSecs":5,"durationInSecs":10} """));
        time.Advance(TimeSpan.FromSeconds(7));
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromSeconds(7));
        (await world.StatusAsync()).ShouldBe("UP");
        time.Advance(TimeSpan.FromSeconds(11));
        await world.StatusWillBeAsync("DOWN");
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        await world.StatusWillBeAsync("UP");
    }

    [Fact]
    public async Task WithoutLeasesSilenceChangesNothing()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time);
        await world.RegisterAsync(Body());
        time.Advance(TimeSpan.FromMinutes(30));
        (await world.StatusAsync()).ShouldBe("UP");
    }
}
