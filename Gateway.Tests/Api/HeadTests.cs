using System.Net;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.OpenApi;

namespace Gateway.Tests.Api;

/// <summary>HEAD is answered wherever GET is (RFC 9110, 9.1), at once and without a body; streams have none.</summary>
public sealed class HeadTests : IAsyncLifetime
{
    private const string Greeting = "/v1/namespaces/shop/services/greeting";

    private TestRegistry _registry = null!;

    private HttpClient Http => _registry.Http;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        foreach (var number in new[] { 1, 2 })
        {
            _registry.Pod($"greeter-{number}", $"10.0.0.{number}");
            await _registry.RegisterAsync($"greeter-{number}", "greeting");
        }
        await Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 2);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task EveryPathOfTheDocumentAnswersHeadAsItAnswersGet()
    {
        var api = await DescribedApi.ReadAsync(Http);
        foreach (var template in api.All.Where(static one => one.Method == "GET").Select(static one => one.Path).Concat(["/healthz", "/health", "/", "/swagger", "/swagger/index.html", "/console", "/console/", "/console/main.js", "/console/settings.json", "/openapi/v1.json"]))
        {
            var path = template.Replace("{ns}", "shop", StringComparison.Ordinal).Replace("{name}", "greeting", StringComparison.Ordinal)
                .Replace("{id}", new string('0', 32), StringComparison.Ordinal).Replace("{interface}", "greeting", StringComparison.Ordinal)
                .Replace("{app}", "greeting", StringComparison.Ordinal).Replace("{revision}", "1", StringComparison.Ordinal);
            if (path.EndsWith("/watch", StringComparison.Ordinal))
            {
                using var refused = await Http.CallAsync("HEAD", path);
                refused.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, path);
                refused.Content.Headers.Allow.ShouldBe(["GET"], path);
                continue;
            }
            using var get = await Http.CallAsync("GET", path);
            using var head = await Http.CallAsync("HEAD", path);
            head.StatusCode.ShouldBe(get.StatusCode, path);
            head.Content.Headers.ContentType?.MediaType.ShouldBe(get.Content.Headers.ContentType?.MediaType, path);
            (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty(path);
        }
    }

    [Fact]
    public async Task AHeadWaitsForNothing()
    {
        var revision = (await Http.GetJsonAsync(Greeting + "/instances"))["revision"];
        using var polled = await Http.CallAsync("HEAD", $"{Greeting}/instances?index={revision}&wait=10m");
        polled.StatusCode.ShouldBe(HttpStatusCode.OK);

        // Virtual time never moves here: a wait would end at the test's limit.
        await using var second = await GatewayUnderTest.StartAsync(
            _registry.Cluster.Url, [new("Leases:Enabled", "false")], time: new ManualTimeProvider(DateTimeOffset.UtcNow));
        var future = second.State.Current.RevisionOfPod("shop", 999_999_999);
        using var early = await second.Http.CallAsync("HEAD", $"{Greeting}/instances?minRevision={future}");
        early.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
    }

    [Fact]
    public async Task AHeadDoesNotTakeATurnOfRoundRobin()
    {
        const string Path = Greeting + "/pick?policy=round-robin";
        var first = (string?)(await Http.GetJsonAsync(Path))["id"];
        using var head = await Http.CallAsync("HEAD", Path);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        ((string?)(await Http.GetJsonAsync(Path))["id"]).ShouldNotBe(first);
        ((string?)(await Http.GetJsonAsync(Path))["id"]).ShouldBe(first);
    }
}
