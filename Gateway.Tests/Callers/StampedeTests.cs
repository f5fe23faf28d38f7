using System.Net;
using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Callers;

/// <summary>Everybody at once: the API server is never asked more than it takes, and nobody is starved.</summary>
public sealed class StampedeTests
{
    // 32 reviews and 32 writes, and what the gateway does besides: election, probes, its informers.
    private const int Seats = 72;

    // All of them call from loopback, and a review that waits too long counts as a failure of its address.
    private static readonly (string, string) OneAddress = ("Identity:FailuresPerAddress", "1000000");

    [Fact]
    public async Task ThreeThousandPodsThatRegisterAtOnceAllDoAndTheApiServerTurnsNobodyAway()
    {
        const int Pods = 3_000;
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            for (var i = 0; i < Pods; i++)
                world.Pod("shop", $"greeter-{i}", $"10.{1 + (i / 62_500)}.{i / 250 % 250}.{1 + (i % 250)}");
        }, ("Logging:LogLevel:Default", "Warning"), ("Logging:LogLevel:Microsoft.AspNetCore", "Warning"), OneAddress);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Pods.Count >= Pods, Patience.Limit);
        var callers = Enumerable.Range(0, Pods).Select(i => registry.As("shop", $"greeter-{i}")).ToList();
        registry.Cluster.Faults.LimitInFlight(Seats);
        registry.Cluster.Faults.HoldRequests(IsTokenReview);

        var calls = callers.Select(caller => RegisterAsync(registry, caller)).ToList();
        // As many as it allows itself are on their way, and not one more comes.
        await registry.Cluster.Requests.WaitUntilAsync(static request => IsTokenReview(request.Request), 32, TestContext.Current.CancellationToken).Within();
        registry.Cluster.Requests.Count(static request => IsTokenReview(request.Request)).ShouldBe(32);
        registry.Cluster.Faults.ReleaseRequests();
        var statuses = await Task.WhenAll(calls);

        statuses.ShouldAllBe(static status => status == HttpStatusCode.Created);
        registry.Cluster.Faults.Throttled.ShouldBe(0);
        registry.Cluster.Faults.MostInFlight.ShouldBeInRange(32, Seats);
        registry.Cluster.Storage.List(ResourceKinds.Pods).Count(static pod => pod.Copy()["metadata"]!["annotations"]?.AsObject().Count > 0).ShouldBe(Pods);
    }

    [Fact]
    public async Task WithoutItsGatesTheSameStampedeIsTurnedAway()
    {
        const int Pods = 400;
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            for (var i = 0; i < Pods; i++)
                world.Pod("shop", $"greeter-{i}", $"10.1.{i / 250}.{1 + (i % 250)}");
        }, ("Registration:MaxWritesInFlight", "1000"), ("Identity:MaxReviewsInFlight", "1000"), OneAddress);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Pods.Count >= Pods, Patience.Limit);
        var callers = Enumerable.Range(0, Pods).Select(i => registry.As("shop", $"greeter-{i}")).ToList();
        registry.Cluster.Faults.LimitInFlight(Seats);
        registry.Cluster.Faults.HoldRequests(IsTokenReview);

        var calls = callers.Select(caller => RegisterAsync(registry, caller)).ToList();
        await registry.Cluster.Requests.WaitUntilAsync(static request => request.Status == 429, cancellationToken: TestContext.Current.CancellationToken).Within();

        // Turned away by the API server, the gateway waits and comes back: they all get through nevertheless.
        registry.Cluster.Faults.ReleaseRequests();
        (await Task.WhenAll(calls)).ShouldAllBe(static status => status == HttpStatusCode.Created);
        registry.Cluster.Faults.Throttled.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task OneCallersFloodDoesNotHoldUpAnother()
    {
        const int Flood = 60;
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            for (var i = 0; i < Flood; i++)
                world.Pod("shop", $"greeter-{i}", $"10.1.0.{1 + i}");
            world.Pod("billing", "biller-1", "10.2.0.1");
            world.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        }, ("Registration:MaxWritesInFlight", "1"));
        await registry.SeenAsync("shop", [.. Enumerable.Range(0, Flood).Select(static i => $"greeter-{i}")]);
        await registry.SeenAsync("billing", "biller-1");
        var flooder = registry.As("billing", null);
        var quiet = registry.As("billing", "biller-1");

        // Both are known, and the only seat is taken, before the flood begins.
        registry.Cluster.Faults.HoldRequests(IsPatch);
        var flood = Enumerable.Range(0, Flood).Select(i => RegisterAsync(registry, flooder, $$"""{"namespace":"shop","pod":"greeter-{{i}}","service":"greeting","port":8080}""")).ToList();
        await registry.Cluster.Requests.WaitUntilAsync(static request => IsPatch(request.Request), cancellationToken: TestContext.Current.CancellationToken).Within();
        await registry.Cluster.Requests.WaitUntilAsync(static request => request.Path.EndsWith("/subjectaccessreviews", StringComparison.Ordinal), Flood, TestContext.Current.CancellationToken).Within();
        var single = RegisterAsync(registry, quiet);
        await registry.Cluster.Requests.WaitUntilAsync(static request => request.Path.EndsWith("tokenreviews", StringComparison.Ordinal) && request.Status == 201, 2, TestContext.Current.CancellationToken).Within();
        await WaitingAsync(registry, Flood);
        registry.Cluster.Faults.ReleaseRequests();

        (await single).ShouldBe(HttpStatusCode.Created);
        (await Task.WhenAll(flood)).ShouldAllBe(static status => status == HttpStatusCode.Created);
        var order = registry.Cluster.Requests.Recent.Where(static request => IsPatch(request.Request)).Select(static request => request.Path).ToList();
        order.FindIndex(static path => path.EndsWith("biller-1", StringComparison.Ordinal)).ShouldBeInRange(1, 3, "the second caller's turn comes second");
    }

    private static bool IsTokenReview(ObservedRequest request) => request.Path.EndsWith("/tokenreviews", StringComparison.Ordinal);

    private static bool IsPatch(ObservedRequest request) => request.Method == "PATCH";

    /// <summary>Until so many writes wait for the one that is held.</summary>
    private static async Task WaitingAsync(FencedRegistry registry, int count)
    {
        var writer = (Gateway.Core.PodWriting.PodAnnotationWriter)registry.Gateway.Services.GetService(typeof(Gateway.Core.PodWriting.PodAnnotationWriter))!;
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (writer.Waiting < count)
        {
            patience.Token.ThrowIfCancellationRequested();
            (await registry.Http.GetAsync("/livez", patience.Token)).Dispose();
        }
    }

    /// <summary>As a caller does: whoever is told 503 comes back, here without the pause, since the queue itself takes ten seconds on a slow machine.</summary>
    private static async Task<HttpStatusCode> RegisterAsync(FencedRegistry registry, (string, string) caller, string body = """{"service":"greeting","port":8080}""")
    {
        // Thousands share the machine here: one answer may take longer than the whole of another test.
        using var callers = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = registry.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(3) };
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.TryAddWithoutValidation(caller.Item1, caller.Item2);
            using var answer = await callers.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                return answer.StatusCode;
            answer.Headers.RetryAfter.ShouldNotBeNull();
        }
    }
}
