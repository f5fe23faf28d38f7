using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Api;

/// <summary>What a heartbeat in memory allocates beside an empty 204 from <c>app.Run</c>: hosting, routing, the caller's token, limits and the lease included.</summary>
public sealed class HeartbeatAllocationTests(ITestOutputHelper output)
{
    // The key of the token, the caller's identity, the pod that it is about, the results of some ten awaited methods. Almost half is the state of these
    // methods, which is an object only where the compiler does not optimize.
    private const double MostBytes = 6_200;

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task AHeartbeatAllocatesNoMoreThanItsCeilingBesideAnEmptyAnswer(string method)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var pod = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "default", "greeter-1", ["registry-gateway"])}");
        using var registered = await registry.Http.CallAsync("POST", "/v1/registrations", """{"service":"greeting","port":8080,"ttl":60}""", headers: pod);
        var id = (string)JsonNode.Parse(await registered.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["id"]!;
        using var server = new CalledServer();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, Settings, environment: "Production", adjust: builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton<IServer>(server);
        });
        var call = server.Open("/");
        call.Ask(method, $"/v1/registrations/{id}/heartbeat", pod);
        await server.SendAsync(call).Within();
        call.StatusCode.ShouldBe(204);

        var ours = server.AllocatedPerCall(call);

        call.StatusCode.ShouldBe(204);
        var bare = await BareAsync();
        output.WriteLine($"{ours} bytes, an empty answer {bare}");
        (ours - bare).ShouldBeLessThan(MostBytes);
    }

    private static KeyValuePair<string, string?>[] Settings =>
    [
        KeyValuePair.Create("Limits:HeartbeatBurst", (string?)"1000000"), KeyValuePair.Create("Limits:HeartbeatsPerSecond", (string?)"1000000"),
        KeyValuePair.Create("Leases:Enabled", (string?)"true"),
    ];

    private static async Task<double> BareAsync()
    {
        using var server = new CalledServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(server);
        await using var app = builder.Build();
        app.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return server.AllocatedPerCall(server.Open("/"));
    }
}
