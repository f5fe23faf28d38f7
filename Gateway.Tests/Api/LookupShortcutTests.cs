using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary>A lookup that is answered before it is routed is answered as one that is routed.</summary>
public sealed class LookupShortcutTests
{
    private const string Path = "/v1/namespaces/shop/services/greeting";

    [Theory]
    [InlineData("/instances")]
    [InlineData("/instances?status=any&protocol=http")]
    [InlineData("/instances?protocol=grpc")]
    [InlineData("/instances?status=wrong")]
    [InlineData("/instances?minRevision=wrong")]
    [InlineData("/instances?at=2001-01-01T00:00:00Z")]
    [InlineData("/pick?policy=round-robin&protocol=grpc")]
    [InlineData("/pick?policy=weighted")]
    [InlineData("/pick?policy=consistent-hash")]
    [InlineData("/pick?policy=consistent-hash&key=a")]
    public async Task TheSameQueryAgainIsAnsweredAsBefore(string target)
    {
        await using var registry = await StartAsync();
        // Routing takes any letters; the shortcut takes none but these.
        var routed = await ReadAsync(registry, "/V1" + Path["/v1".Length..] + target);

        (await ReadAsync(registry, Path + target)).ShouldBe(routed);
        (await ReadAsync(registry, Path + target)).ShouldBe(routed);
    }

    [Fact]
    public async Task AServiceThatIsGoneIsEmptyAgain()
    {
        await using var registry = await StartAsync();
        await ReadAsync(registry, Path + "/instances");

        (await registry.Http.DeleteAsync($"/v1/registrations?namespace=shop&pod=greeter-1", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        (await registry.Http.GetJsonAsync(Path + "/instances"))["known"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task WhereReadersNeedARightNothingIsAnsweredWithoutIt()
    {
        await using var registry = await StartAsync();
        await using var closed = await GatewayUnderTest.StartAsync(registry.Cluster.Url, [KeyValuePair.Create("Access:Lookup", (string?)"Rbac")]);

        foreach (var target in new[] { "/instances", "/pick" })
        {
            using var answer = await closed.Http.GetAsync(Path + target, TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task ItIsCountedByItsRoute()
    {
        await using var registry = await StartAsync();
        await ReadAsync(registry, Path + "/instances");
        await ReadAsync(registry, Path + "/pick");

        var metrics = await registry.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        metrics.ShouldContain("http_route=\"/v1/namespaces/{ns}/services/{name}/instances\"");
        metrics.ShouldContain("http_route=\"/v1/namespaces/{ns}/services/{name}/pick\"");
    }

    private static async Task<TestRegistry> StartAsync()
    {
        var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        return registry;
    }

    private static async Task<string> ReadAsync(TestRegistry registry, string target)
    {
        using var answer = await registry.Http.GetAsync(target, TestContext.Current.CancellationToken);
        // Both have jitter.
        answer.Headers.Date = null;
        answer.Headers.RetryAfter = null;
        return $"{answer.StatusCode}\n{answer.Headers}{answer.Content.Headers}\n{await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }
}
