using System.Net;
using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.Facades;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Callers;

/// <summary>No route of an unsafe method is without a limit for its caller, whichever part of the gateway maps it.</summary>
public sealed class WriteFilterTests
{
    private static readonly string[] Safe = ["GET", "HEAD", "OPTIONS", "TRACE"];

    [Fact]
    public async Task EveryRouteOfAnUnsafeMethodPassesABucket()
    {
        await using var registry = await TestRegistry.StartAsync();
        var routes = registry.Gateway.Services.GetServices<EndpointDataSource>().SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>().Distinct().ToList();
        var unsafeOnes = routes.Where(static route => !Methods(route).All(static method => Safe.Contains(method))).ToList();
        unsafeOnes.Count.ShouldBeGreaterThan(10);
        foreach (var route in unsafeOnes)
        {
            var kind = route.Metadata.GetMetadata<LimitedWrite>().ShouldNotBeNull($"{string.Join(' ', Methods(route))} {route.RoutePattern.RawText}").Kind;
            (kind == WriteKind.Heartbeat).ShouldBe(route.RoutePattern.RawText!.EndsWith("/heartbeat", StringComparison.Ordinal) || IsBeat(route));
        }

        // What a facade does not know is only answered.
        routes.Where(static route => route.Metadata.GetMetadata<HttpMethodMetadata>() is null && route.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal)
            && route.Metadata.GetMetadata<FacadeOperation>() is not { Name: "unknown" or "kv" }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("metadata/greeter/r1", "{}")]
    [InlineData("mapping/com.example.Greeting", """["greeter"]""")]
    public async Task DubboPutsTakeFromTheBucketOfWrites(string path, string body)
    {
        await using var registry = await StartAsync(("Limits:WriteBurst", "1"), ("Limits:WritesPerSecond", "1"));
        var statuses = new List<int>();
        for (var i = 0; i < 50 && !statuses.Contains(429); i++)
            statuses.Add((int)(await registry.Http.CallAsync("PUT", $"/v1/namespaces/shop/dubbo/{path}", body, headers: registry.As("shop", "greeter-1"))).StatusCode);
        statuses[0].ShouldBe(403);
        statuses.ShouldContain(429);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task HeartbeatsTakeFromABucketOfTheirOwn(string method)
    {
        await using var registry = await StartAsync(("Limits:HeartbeatBurst", "1"), ("Limits:HeartbeatsPerSecond", "1"));
        var statuses = new List<int>();
        for (var i = 0; i < 50 && !statuses.Contains(429); i++)
            statuses.Add((int)(await registry.Http.CallAsync(method, $"/v1/registrations/{new string('0', 32)}/heartbeat", headers: registry.As("shop", "greeter-1"))).StatusCode);
        statuses[0].ShouldBe(404);
        statuses.ShouldContain(429);
        (await registry.RegisterAsync("shop", "greeter-1")).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private static async Task<FencedRegistry> StartAsync(params (string, string)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), settings);
        await registry.SeenAsync("shop", "greeter-1");
        return registry;
    }

    // Other registries' protocols have heartbeats on paths of their own.
    private static bool IsBeat(Endpoint route) => route.Metadata.GetMetadata<FacadeOperation>() is not null && route.Metadata.GetMetadata<Heartbeat>() is not null;

    private static IReadOnlyList<string> Methods(Endpoint route) => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];
}
