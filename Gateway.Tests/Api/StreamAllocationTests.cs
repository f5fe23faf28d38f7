using System.Text;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Api;

/// <summary>What a stream takes to open, hosting included: most of it is held for as long as it lasts, by thousands of them.</summary>
public sealed class StreamAllocationTests : IAsyncLifetime
{
    /// <summary>Bytes, of a debug build, whose state machines are larger: 6,904 were measured.</summary>
    private const double Ceiling = 7_300;

    private const string Watch = "/v1/namespaces/shop/services/greeting/watch?status=any";

    private readonly CalledServer _server = new();
    private TestRegistry _registry = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _registry.Pod("greeter-1", "10.0.0.1");
        await _registry.RegisterAsync("greeter-1", "greeting");
        await _registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        _gateway = await GatewayUnderTest.StartAsync(_registry.Cluster.Url, logs: new LogBook(), adjust: builder =>
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

    [Fact]
    public async Task OpeningAStreamAllocatesLittle()
    {
        var least = double.MaxValue;
        for (var i = 0; i < 30; i++)
        {
            using var leaving = new CancellationTokenSource();
            var call = _server.Open(Watch, ("Accept", "text/event-stream"));
            call.RequestAborted = leaving.Token;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var stream = _server.SendAsync(call);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            stream.IsCompleted.ShouldBeFalse();
            Encoding.UTF8.GetString(call.Body).ShouldContain("event: snapshot");
            await leaving.CancelAsync();
            await stream.Within();
        }

        least.ShouldBeLessThan(Ceiling, $"{least} bytes");
    }

    [Fact]
    public void StreamsOfTheSameServiceAndFilterShareWhatSaysSo()
    {
        var hub = _gateway.Services.GetRequiredService<SubscriptionHub>();
        var service = new ServiceKey("shop", "greeting");
        using var first = hub.TryOpen(StreamSelection.OfOne(service, LookupFilter.Any), default)!;
        using var second = hub.TryOpen(StreamSelection.OfOne(service, new LookupFilter { Statuses = LookupFilter.Any.Statuses }), default)!;
        using var filtered = hub.TryOpen(StreamSelection.OfOne(service, LookupFilter.Default), default)!;
        using var many = hub.TryOpen(StreamSelection.OfMany([service], LookupFilter.Any), default)!;

        second.Selection.ShouldBeSameAs(first.Selection);
        filtered.Selection.Filter.ShouldBe(LookupFilter.Default);
        many.Selection.IsSingle.ShouldBeFalse();
    }

    [Fact]
    public async Task AQueryThatWasReadBeforeMeansTheSameOfAnotherServiceAndRequest()
    {
        await _registry.RegisterAsync("greeter-1", "parting", 8081);
        await using var first = await EndToEnd.StreamReader.OpenAsync(_registry.Http, "/v1/namespaces/shop/services/greeting/watch?status=any&initial=events");
        (await first.NextAsync("added")).Data["service"]!.ToString().ShouldBe("greeting");
        await using var second = await EndToEnd.StreamReader.OpenAsync(_registry.Http, "/v1/namespaces/shop/services/parting/watch?status=any&initial=events");
        (await second.NextAsync("added")).Data["service"]!.ToString().ShouldBe("parting");
    }
}
