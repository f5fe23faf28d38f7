using System.Net;
using System.Net.Http.Json;
using Gateway.Core.Registry.Projecting;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Outages;

/// <summary>A projector that does not come on for as long as a write waits for it: five seconds.</summary>
public sealed class BlockedProjectorTests
{
    private const string Service = "/v1/namespaces/shop/services/greeting";

    [Fact]
    public async Task ABlockedProjectorTurnsAnswersStaleLookupsGoOnAndAfterwardsAllAgree()
    {
        await using var small = await SmallCluster.StartAsync();
        small.Node("node-1", "zone-a");
        foreach (var pod in Enumerable.Range(1, 3))
            small.Pod($"greeter-{pod}", $"10.0.0.{pod}");
        await using var gateway = await GatewayUnderTest.StartAsync(small.Cluster.Url);
        await gateway.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080 });
        await using var stream = await StreamReader.OpenAsync(gateway.Http, $"{Service}/watch");
        await stream.NextAsync("snapshot");

        using var release = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Services.GetRequiredService<RegistryProjector>().PodsChanged += _ =>
        {
            // On the projector's own thread.
            blocked.TrySetResult();
            release.Wait(Patience.Limit);
        };
        small.ChangePod("greeter-3", static pod => pod["metadata"]!["labels"]!["touched"] = "yes");
        await blocked.Task.Within();

        // It waits for the projector for 5 s, and then is answered as the API server stored it.
        var registering = gateway.Http.PostAsJsonAsync("/v1/registrations", new { @namespace = "shop", pod = "greeter-2", service = "greeting", port = 8080 });
        await stream.NextAsync("stale");
        while (!registering.IsCompleted)
        {
            var answer = await gateway.Http.GetJsonAsync($"{Service}/instances");
            ((bool)answer["stale"]!).ShouldBeTrue();
            answer["instances"]!.AsArray().Count.ShouldBe(1);
            await Task.WhenAny(registering, gateway.Http.GetJsonAsync($"{Service}/instances?index={answer["revision"]}&wait=100ms"));
        }

        using (var registered = await registering.Within())
        {
            registered.StatusCode.ShouldBe(HttpStatusCode.Created);
            registered.Headers.GetValues("X-Registry-Pending").ShouldBe(["true"]);
        }

        release.Set();
        var told = new List<string>();
        while (told.Count < 2)
            told.Add((await stream.NextAsync()).Name);
        told.ShouldBe(["added", "fresh"]);
        var after = await gateway.Http.GetJsonAsync($"{Service}/instances");
        ((bool)after["stale"]!).ShouldBeFalse();
        after["instances"]!.AsArray().Select(static one => (string)one!["id"]!).ShouldBe(ProcessLoad.Stored(small), ignoreOrder: true);
    }
}
