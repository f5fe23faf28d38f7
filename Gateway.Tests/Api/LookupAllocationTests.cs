using System.Text;
using Gateway.Core.Registry.Instances;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Api;

/// <summary>
/// What a lookup allocates beside what the same bytes from <c>app.Run</c> do, hosting, metrics, limits and headers included. The host logs, as in production, and
/// Redis is away, so that answers are marked.
/// </summary>
public sealed class LookupAllocationTests : IAsyncLifetime
{
    private const string Service = "/v1/namespaces/shop/services/greeting";

    private readonly CalledServer _server = new();
    private TestRegistry _registry = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _registry.Pod("greeter-1", "10.0.0.1");
        _registry.Pod("greeter-2", "10.0.0.2", "node-2");
        foreach (var pod in new[] { "greeter-1", "greeter-2" })
            await _registry.RegisterAsync(pod, "greeting");
        await _registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 2);
        _gateway = await GatewayUnderTest.StartAsync(_registry.Cluster.Url, [KeyValuePair.Create("Redis:Configuration", (string?)"127.0.0.1:1")], logs: new LogBook(), adjust: builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton<IServer>(_server);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Theory]
    [InlineData("/instances", 200)]
    [InlineData("/instances?status=any&protocol=http", 200)]
    [InlineData("/instances?selector=!lane", 200)]
    [InlineData("/pick", 200)]
    [InlineData("/pick?policy=round-robin&preferZone=zone-b", 200)]
    [InlineData("/instances", 304)]
    [InlineData("/instances?status=any", 304)]
    public async Task ALookupAllocatesNothingBesideTheSameBytes(string target, int status)
    {
        var call = _server.Open(Service + target);
        _server.Send(call);
        if (status == 304)
            call.Ask("GET", Service + target, ("If-None-Match", call.AnswerHeaders.ETag.ToString()));
        _server.Send(call);
        call.StatusCode.ShouldBe(status);
        call.AnswerHeaders["X-Registry-Degraded"].ToString().ShouldBe("redis");
        call.Route.ShouldBe("/v1/namespaces/{ns}/services/{name}" + target.Split('?')[0]);

        var ours = _server.AllocatedPerCall(call);

        (ours - await BareAsync(call)).ShouldBe(0, 1);
    }

    [Theory]
    [InlineData("/v1/services")]
    [InlineData("/v1/services?namespace=shop&limit=10")]
    public async Task AListOfTheSameStateAllocatesNothingBesideTheSameBytes(string target)
    {
        var call = _server.Open(target);
        await _server.SendAsync(call).Within();
        var first = call.Body.ToArray();
        var ours = _server.AllocatedPerCall(call);
        (call.StatusCode, call.Route).ShouldBe((200, "/v1/services"));
        call.Body.ToArray().ShouldBe(first);
        (ours - await BareAsync(call)).ShouldBe(0, 1);

        // Of a newer state it is made again.
        _registry.Pod("parter-1", "10.0.0.9");
        await _registry.RegisterAsync("parter-1", "parting");
        await _gateway.State.WaitAsync(static snapshot => snapshot.Services.ContainsKey(new ServiceKey("shop", "parting")), Patience.Limit, TestContext.Current.CancellationToken);
        await _server.SendAsync(call).Within();
        Encoding.UTF8.GetString(call.Body).ShouldContain("parting");
    }

    [Fact]
    public void ALookupThatShowsATokenAndComesThroughAProxyAllocatesNoMore()
    {
        var plain = Allocated();

        Allocated(("Authorization", "Bearer a.b.c"), ("X-Forwarded-For", "10.0.0.1"), ("Via", "1.1 proxy")).ShouldBe(plain, 1);

        double Allocated(params (string, string)[] headers)
        {
            var call = _server.Open(Service + "/instances", headers);
            _server.Send(call);
            return _server.AllocatedPerCall(call);
        }
    }

    /// <summary>The answer's bytes and headers from a host with nothing behind it.</summary>
    private static async Task<double> BareAsync(CalledServer.Call answered)
    {
        var (body, status, headers) = (answered.Body.ToArray(), answered.StatusCode, answered.AnswerHeaders.ToArray());
        using var server = new CalledServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(server);
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        var call = server.Open("/");
        server.Send(call);
        Encoding.UTF8.GetString(call.Body).ShouldBe(Encoding.UTF8.GetString(body));
        return server.AllocatedPerCall(call);

        Task AnswerAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            if (body.Length == 0)
                return Task.CompletedTask;
            context.Response.ContentLength = body.Length;
            return context.Response.BodyWriter.WriteAsync(body).AsTask();
        }
    }
}
