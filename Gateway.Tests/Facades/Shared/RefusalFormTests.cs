using System.Net;
using System.Text.Json.Nodes;
using Gateway.Api.Facades;
using Gateway.Tests.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Facades.Shared;

/// <summary>What no endpoint refuses itself (too much work or too many connections, a foreign host, a body that the server does not take, a bug) has the form of the protocol at its path.</summary>
public sealed class RefusalFormTests
{
    private const string Text = "text/plain";
    private const string Nacos = "code, message, data";
    private const string Spring = "timestamp, path, status, error, message";
    private const string Problem = "application/problem+json";

    // A bug is 503 where clients turn to another server, or start over, at any other 5xx.
    private static readonly (string Base, string Form, int Bug)[] Bases =
    [
        ("/eureka", Text, 503), ("/eureka/v2", Text, 503), ("/ns/shop/eureka", Text, 503), ("/v1/agent", Text, 503), ("/v1/health", Text, 503), ("/ns/shop/v1/catalog", Text, 503),
        ("/nacos/v1", Text, 503), ("/nacos/v2", Nacos, 503), ("/ns/shop/nacos/v3", Nacos, 503), ("/nacos/prometheus", Nacos, 500),
        ("/apps", Spring, 500), ("/app", Spring, 500), ("/ns/shop/state", Spring, 500), ("/prometheus/sd", Problem, 500), ("/v1/registrations", Problem, 500),
    ];

    [Fact]
    public async Task ABugIsSaidInTheProtocolsForm()
    {
        await using var world = await StartAsync(static app => MapAll(app, "/bug", static _ => throw new InvalidOperationException("A bug of the test.")));
        foreach (var (at, form, status) in Bases)
            await ShouldBeAsync(await world.Gateway.Http.GetAsync(new Uri(at + "/bug", UriKind.Relative)).Within(), status, form, at);
    }

    [Fact]
    public async Task ABodyThatTheServerDoesNotTakeIsRefusedInTheProtocolsForm()
    {
        await using var world = await StartAsync(static app => MapAll(app, "/read", static context => context.Request.Body.CopyToAsync(Stream.Null)));
        foreach (var (at, form, _) in Bases)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, at + "/read") { Content = new ByteArrayContent(new byte[9 * 1024 * 1024]) };
            request.Headers.ExpectContinue = true;
            await ShouldBeAsync(await world.Gateway.Http.SendAsync(request).Within(), 413, form, at);
        }
    }

    [Fact]
    public async Task TooMuchWorkIsRefusedInTheProtocolsForm()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var world = await StartAsync(
            app => app.MapFacade("held", ["/held"], group => group.MapGet("", async _ =>
            {
                entered.SetResult();
                await release.Task;
            }).WithMetadata(new FacadeOperation("held")), static _ => Task.CompletedTask, static (_, _) => Task.CompletedTask),
            ("Limits:CallsAtOnce", "1"));
        var held = world.Gateway.Http.GetAsync(new Uri("/held", UriKind.Relative));
        await entered.Task.Within();
        foreach (var (method, path, form) in new[]
        {
            ("POST", "/eureka/apps/orders", Text), ("PUT", "/v1/agent/service/register", Text), ("GET", "/v1/agent/services", Text), ("POST", "/nacos/v1/ns/instance", Text),
            ("POST", "/nacos/v2/ns/instance", Nacos), ("POST", "/nacos/v3/client/ns/instance", Nacos), ("GET", "/ns/shop/apps", Spring), ("GET", "/state", Spring),
            ("GET", "/prometheus/sd", Problem), ("GET", "/nacos/prometheus", Nacos), ("DELETE", "/v1/registrations", Problem),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            await ShouldBeAsync(await world.Gateway.Http.SendAsync(request).Within(), 503, form, path);
        }

        release.SetResult();
        (await held.Within()).Dispose();
    }

    [Fact]
    public async Task OneConnectionTooManyIsRefusedInTheProtocolsForm()
    {
        await using var world = await StartAsync(null, ("Limits:MaxConnections", "1"));

        // This one takes the place, and stays open.
        (await world.Gateway.Http.GetAsync(new Uri("/v1/services", UriKind.Relative)).Within()).Dispose();
        foreach (var (at, form, _) in Bases)
        {
            using var another = new HttpClient { BaseAddress = world.Gateway.Http.BaseAddress };
            await ShouldBeAsync(await another.GetAsync(new Uri(at, UriKind.Relative)).Within(), 503, form, at);
        }
    }

    [Fact]
    public async Task AForeignHostIsRefusedInTheProtocolsForm()
    {
        await using var world = await StartAsync();
        foreach (var (at, form, _) in Bases)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.Host = "rebound.example";
            await ShouldBeAsync(await world.Gateway.Http.SendAsync(request).Within(), 403, form, at);
        }
    }

    private static void MapAll(WebApplication app, string path, RequestDelegate run)
    {
        foreach (var (at, _, _) in Bases)
            app.Map(at + path, run);
    }

    private static async Task ShouldBeAsync(HttpResponseMessage answer, int status, string form, string at)
    {
        using var _ = answer;
        var text = await answer.Content.ReadAsStringAsync().Within();
        ((int)answer.StatusCode).ShouldBe(status, $"{at}: {text}");
        (answer.Headers.RetryAfter is not null).ShouldBe(status == 503, at);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(form is Text or Problem ? form : "application/json", at);
        text.ShouldNotBeEmpty(at);
        text.ShouldNotContain("of the test");
        if (form is Nacos or Spring)
            string.Join(", ", JsonNode.Parse(text)!.AsObject().Select(static member => member.Key)).ShouldBe(form, at);
    }

    private static async Task<World> StartAsync(Action<WebApplication>? map = null, params (string Key, string Value)[] settings)
    {
        var small = await SmallCluster.StartAsync();
        return new World(small, await GatewayUnderTest.StartAsync(
            small.Cluster.Url, settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value)), map: map));
    }

    private sealed record World(SmallCluster Small, GatewayUnderTest Gateway) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Small.DisposeAsync();
        }
    }
}
