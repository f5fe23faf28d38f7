using System.Net;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>A user who names neither pod nor a registration that this replica knows makes it look at the API server, never more than one look at a time.</summary>
public sealed class SearchTests
{
    [Fact]
    public async Task ASearchIsSharedByAllWhoWaitForIt()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), ("Leases:Enabled", "false"), ("Registration:MissBurst", "1000"));
        await registry.SeenAsync("shop", "greeter-1");
        registry.GrantEverywhere("searchers", "billing/app", "", "pods", "list");
        var user = registry.As("billing", null);
        (await registry.Http.CallAsync("GET", "/v1/registrations?namespace=shop&pod=greeter-1", headers: user)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var before = Lists(registry);
        registry.Cluster.Faults.HoldRequests(static request => request.Path == "/api/v1/pods" && request.Query.Contains("limit=500", StringComparison.Ordinal));

        var searches = Enumerable.Range(0, 100).Select(async i =>
        {
            using var answer = await registry.Http.CallAsync("GET", $"/v1/registrations/{i:x32}", headers: user);
            return answer.StatusCode;
        }).ToList();
        await registry.Cluster.Requests.WaitUntilAsync(IsSearch, cancellationToken: TestContext.Current.CancellationToken).Within();
        registry.Cluster.Faults.ReleaseRequests();

        (await Task.WhenAll(searches)).ShouldAllBe(static status => status == HttpStatusCode.NotFound);
        (Lists(registry) - before).ShouldBeLessThan(20, "those that came while one ran share the next");
    }

    [Fact]
    public async Task RandomIdsOfAnAccountThatMayNotListPodsMakeNoSearch()
    {
        await using var registry = await StartAsync();
        var user = registry.As("billing", null);
        var before = Lists(registry);
        foreach (var (method, rest) in new[] { ("PUT", "/heartbeat"), ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/up") })
        {
            for (var i = 0; i < 40; i++)
            {
                using var answer = await registry.Http.CallAsync(method, $"/v1/registrations/{i:x32}{rest}", method == "PATCH" ? """{"weight":1}""" : null, headers: user);
                answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
                (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("name its pod (namespace and pod)");
            }
        }

        Lists(registry).ShouldBe(before);
    }

    [Fact]
    public async Task WhoMayListPodsSearchesWithinALimitAndAMissIsRemembered()
    {
        await using var registry = await StartAsync(("Registration:MissBurst", "20"), ("Registration:MissesPerSecond", "0.001"));
        registry.GrantEverywhere("searchers", "billing/app", "", "pods", "list");
        var user = registry.As("billing", null);
        var before = Lists(registry);
        async Task<HttpStatusCode> HeartbeatAsync(int id) => (await registry.Http.CallAsync("PUT", $"/v1/registrations/{id:x32}/heartbeat", headers: user)).StatusCode;

        for (var i = 0; i < 4; i++)
            (await HeartbeatAsync(i)).ShouldBe(HttpStatusCode.NotFound);
        (await HeartbeatAsync(4)).ShouldBe(HttpStatusCode.TooManyRequests);
        (Lists(registry) - before).ShouldBe(4);

        // What exists is found as ever.
        registry.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        var id = await registry.RegisteredAsync("shop", "greeter-1");
        foreach (var query in new[] { "", "?namespace=shop&pod=greeter-1" })
            (await registry.Http.CallAsync("GET", $"/v1/registrations/{id}{query}", headers: user)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ThePodsOwnUnknownIdsShareTheReadsOfItsPod()
    {
        await using var registry = await StartAsync();
        var pod = registry.As("shop", "greeter-1");
        (await registry.Http.CallAsync("GET", "/v1/registrations", headers: pod)).StatusCode.ShouldBe(HttpStatusCode.OK);
        bool IsRead(Gateway.Emulator.Http.LoggedRequest request) => request is { Method: "GET", Path: "/api/v1/namespaces/shop/pods/greeter-1" };
        var before = registry.Cluster.Requests.Count(IsRead);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => registry.Http.CallAsync("PUT", $"/v1/registrations/{i:x32}/heartbeat", headers: pod)));

        answers.ShouldAllBe(static answer => answer.StatusCode == HttpStatusCode.NotFound);
        (registry.Cluster.Requests.Count(IsRead) - before).ShouldBeLessThan(20);
    }

    private static async Task<FencedRegistry> StartAsync(params (string, string)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), settings);
        await registry.SeenAsync("shop", "greeter-1");
        return registry;
    }

    private static int Lists(FencedRegistry registry) => registry.Cluster.Requests.Count(IsSearch);

    private static bool IsSearch(Gateway.Emulator.Http.LoggedRequest request) =>
        request.Path == "/api/v1/pods" && request.Query.Contains("limit=500", StringComparison.Ordinal);
}
