using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Conformance.Shapes;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// A Deployment's changes, pod by pod, with a caller that looks up and calls all the while: it is never sent to an address where nothing serves, it
/// is sent where kube-proxy would route, and subscribers get one event for each change.
/// </summary>
public sealed class RollingUpdateTests
{
    private const string Watch = "/v1/namespaces/shop/services/orders/watch";

    // The addresses at which something listens. Written by the test alone; the caller reads it.
    private volatile ImmutableHashSet<string> _listening = [];

    [Theory]
    [InlineData("EndpointSlices")]
    [InlineData("Endpoints")]
    public async Task ARollingUpdateOfTwentyPodsSendsNoCallerWhereNothingServes(string mode)
    {
        const int Pods = 20;
        const int Surge = 5;
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Endpoints", mode)]);
        registry.Small.Service();
        for (var i = 0; i < Pods; i++)
            Begin(registry, $"old-{i}", isReady: true);
        await RoutedAsync(registry, Pods);
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(Pods);
        await using var caller = new Caller(this, registry.Http);

        for (var wave = 0; wave < Pods; wave += Surge)
        {
            string[] next = [.. Enumerable.Range(wave, Surge).Select(static i => $"new-{i}")];
            string[] last = [.. Enumerable.Range(wave, Surge).Select(static i => $"old-{i}")];
            foreach (var pod in next)
                Begin(registry, pod, isReady: false);
            await RoutedAsync(registry, Pods);

            // The last readiness gate is set.
            foreach (var pod in next)
                registry.Small.SetReady(pod, true);
            await RoutedAsync(registry, Pods + Surge);

            // The pods' preStop hooks sleep: they serve on while every kube-proxy, and every lookup, turns away from them.
            foreach (var pod in last)
                registry.Small.Terminate(pod);
            await RoutedAsync(registry, Pods);
            foreach (var pod in last)
                End(registry, pod);
            await RoutedAsync(registry, Pods);
        }

        (await caller.EndAsync()).ShouldBeGreaterThan(0);
        var events = await TakeAsync(stream, 2 * Pods);
        events.Count(static one => one.Name == "added").ShouldBe(Pods);
        events.Count(static one => one.Name == "removed").ShouldBe(Pods);
        events.Select(static one => one.InstanceId).Distinct().Count().ShouldBe(2 * Pods, "one event for each pod");
        await NoMoreAsync(registry, stream);
    }

    [Theory]
    [InlineData("EndpointSlices")]
    [InlineData("Endpoints")]
    public async Task AScaleToZeroIsOneEventAndSendsNoCallerToThePodThatWas(string mode)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Endpoints", mode)]);
        registry.Small.Service();
        Begin(registry, "orders-1", isReady: true);
        await RoutedAsync(registry, 1);
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(1);
        await using var caller = new Caller(this, registry.Http);

        // kube-proxy falls back to a terminating pod that still serves; lookups of UP do not.
        registry.Small.Terminate("orders-1");
        await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 0, "");
        End(registry, "orders-1");
        await RoutedAsync(registry, 0);

        (await caller.EndAsync()).ShouldBeGreaterThan(0);
        (await stream.NextAsync("removed")).Data["pod"]!["name"]!.ToString().ShouldBe("orders-1");
        await NoMoreAsync(registry, stream);
    }

    private void Begin(TestRegistry registry, string name, bool isReady)
    {
        var address = AddressOf(name);
        registry.Pod(name, "", labels: """{"app":"orders"}""", isRunning: false);
        _listening = _listening.Add(address);
        registry.Small.ChangePod(name, content =>
        {
            content["spec"]!["nodeName"] = "node-1";
            content["status"] = JsonNode.Parse($$"""
                {"phase":"Running","podIP":"{{address}}","podIPs":[{"ip":"{{address}}"}],"conditions":[{"type":"Ready","status":"{{(isReady ? "True" : "False")}}"}]}
                """);
        });
    }

    private void End(TestRegistry registry, string name)
    {
        registry.Small.Remove(ResourceKinds.Pods, name);
        _listening = _listening.Remove(AddressOf(name));
    }

    private static string AddressOf(string pod)
    {
        var (kind, number) = (pod.StartsWith("new", StringComparison.Ordinal) ? 1 : 0, int.Parse(pod[(pod.IndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        return $"10.0.{kind}.{number + 1}";
    }

    /// <summary>Once controllers and gateway are done: lookups show so many, and exactly what kube-proxy would route to.</summary>
    private static async Task RoutedAsync(TestRegistry registry, int count)
    {
        await registry.Small.SettleAsync();
        var service = registry.Small.Get(ResourceKinds.Services, "orders")!;
        var routes = KubeProxy.Routes(service, registry.Small.Slices()).Select(static route => route.Address).Order().ToArray();
        routes.Length.ShouldBe(count);
        await registry.Http.LookUpUntilAsync("shop", "orders", all => all.Select(static one => (string)one["address"]!).Order().SequenceEqual(routes), "");
    }

    private static async Task<List<ReceivedEvent>> TakeAsync(StreamReader stream, int count)
    {
        List<ReceivedEvent> events = [];
        while (events.Count < count)
            events.Add(await stream.NextAsync());
        return events;
    }

    /// <summary>The next event is that of a pod that comes now.</summary>
    private async Task NoMoreAsync(TestRegistry registry, StreamReader stream)
    {
        Begin(registry, "new-99", isReady: true);
        (await stream.NextAsync("added")).Data["pod"]!["name"]!.ToString().ShouldBe("new-99");
    }

    /// <summary>Looks up and calls what it finds, again and again; counts its lookups.</summary>
    private sealed class Caller : IAsyncDisposable
    {
        private readonly RollingUpdateTests _network;
        private readonly HttpClient _http;
        private readonly CancellationTokenSource _ending = new();
        private readonly Task<int> _calling;

        public Caller(RollingUpdateTests network, HttpClient http)
        {
            (_network, _http) = (network, http);
            _calling = CallAsync();
        }

        public async Task<int> EndAsync()
        {
            await _ending.CancelAsync();
            return await _calling.Within();
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await ((Task)_calling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ending.Dispose();
        }

        private async Task<int> CallAsync()
        {
            var lookups = 0;
            while (!_ending.IsCancellationRequested)
            {
                // What listened when it asked: an answer that is on its way while a pod ends is not held against the registry.
                var listening = _network._listening;
                var found = await _http.LookUpAsync("shop", "orders");
                listening = listening.Union(_network._listening);
                found.Select(static one => (string)one["address"]!).ShouldBeSubsetOf(listening);
                lookups++;
                await Task.Yield();
            }

            return lookups;
        }
    }
}
