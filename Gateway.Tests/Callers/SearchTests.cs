using System.Net;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>A user who names neither pod nor a registration that this replica knows makes it look at the API server, never more than one look at a time.</summary>
public sealed class SearchTests
{
    [Fact]
    public async Task ASearchIsSharedByAllWhoWaitForIt()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), ("Leases:Enabled", "false"));
        await registry.SeenAsync("shop", "greeter-1");
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

    private static int Lists(FencedRegistry registry) => registry.Cluster.Requests.Count(IsSearch);

    private static bool IsSearch(Gateway.Emulator.Http.LoggedRequest request) =>
        request.Path == "/api/v1/pods" && request.Query.Contains("limit=500", StringComparison.Ordinal);
}
