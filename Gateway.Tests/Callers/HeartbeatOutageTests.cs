using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>Heartbeats of callers that were recognised go on while the API server is away (contract, section 4, rule 1).</summary>
public sealed class HeartbeatOutageTests
{
    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task HeartbeatsGoOnWithoutTheApiServerUntilTheTokenExpires(string method)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await FencedRegistry.StartAsync(time, static world => world.Pod("shop", "greeter-1", "10.0.0.1"));
        await registry.SeenAsync("shop", "greeter-1");
        var pod = ("Authorization", $"Bearer {registry.Token("shop", "greeter-1", lifetime: TimeSpan.FromHours(1))}");
        using var registered = await registry.Http.PostAsync("""{"service":"greeting","port":8080,"ttl":30}""", pod);
        var id = (string)JsonNode.Parse(await registered.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["id"]!;
        async Task<HttpStatusCode> HeartbeatAsync()
        {
            using var answer = await registry.Http.CallAsync(method, $"/v1/registrations/{id}/heartbeat", headers: pod).Within();
            return answer.StatusCode;
        }

        (await HeartbeatAsync()).ShouldBe(HttpStatusCode.NoContent);
        registry.Cluster.Faults.RefuseConnections();
        (await registry.Gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit)).ShouldNotBeNull();
        time.Advance(TimeSpan.FromMinutes(50));
        (await HeartbeatAsync()).ShouldBe(HttpStatusCode.NoContent);

        time.Advance(TimeSpan.FromMinutes(11));
        (await HeartbeatAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }
}
