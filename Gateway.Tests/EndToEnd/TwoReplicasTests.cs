using System.Net;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.EndToEnd;

/// <summary>What was acknowledged last is what stands, through whichever replica it went and however far its copy of the cluster lags.</summary>
public sealed class TwoReplicasTests
{
    [Fact]
    public async Task APostThroughAReplicaThatHasNotSeenTheDeleteStands()
    {
        await using var registry = await TestRegistry.StartAsync();
        var lagging = await registry.ReplicaAsync("lagging");
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await lagging.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        registry.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));

        await DeleteAsync(registry.Http, id);
        // The lagging replica still holds the registration, equal to what is posted now: it must not take that for "already so".
        await lagging.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, container = "app" });

        OwnKeys(registry, "greeter-1").ShouldBe([$"registry-gateway.io/{id}"]);
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        registry.Cluster.Faults.ResumeWatches();
        await lagging.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
    }

    [Fact]
    public async Task ADeleteThroughAReplicaThatHasNotSeenThePostStands()
    {
        await using var registry = await TestRegistry.StartAsync();
        var lagging = await registry.ReplicaAsync("lagging");
        registry.Pod("greeter-1", "10.0.0.1");
        await lagging.Http.LookUpAsync("shop", "greeting");
        registry.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));

        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await DeleteAsync(lagging.Http, id);

        OwnKeys(registry, "greeter-1").ShouldBeEmpty();
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 0);
        registry.Cluster.Faults.ResumeWatches();
    }

    [Fact]
    public async Task AWritesRevisionIsReachedAtAnotherReplicaBeforeItAnswers()
    {
        await using var registry = await TestRegistry.StartAsync();
        var other = await registry.ReplicaAsync("other");
        registry.Pod("greeter-1", "10.0.0.1");
        for (var i = 0; i < 10; i++)
        {
            var revision = (string)(await registry.RegisterAsync("greeter-1", $"greeting-{i}"))["revision"]!;
            (await other.Http.LookUpAsync("shop", $"greeting-{i}", $"?status=any&minRevision={Uri.EscapeDataString(revision)}")).ShouldHaveSingleItem();
        }
    }

    private static async Task DeleteAsync(HttpClient http, string id)
    {
        using var answer = await http.DeleteAsync($"/v1/registrations/{id}?namespace=shop&pod=greeter-1").Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    private static IEnumerable<string> OwnKeys(TestRegistry registry, string pod) =>
        registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)!.Copy()["metadata"]!["annotations"]?.AsObject()
            .Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal)) ?? [];
}
