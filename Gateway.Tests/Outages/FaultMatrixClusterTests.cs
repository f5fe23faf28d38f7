using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which the cluster itself changes under the gateway, beyond what single events say.</summary>
public sealed class FaultMatrixClusterTests
{
    private const int HistoryReplaced = 1104;
    private const int Many = 24;

    [Fact]
    public async Task AListThatIsTakenWhileTheClusterChangesIsWholeAndOfOneVersion()
    {
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.Quick with { PageSize = 5 });
        await AddManyAsync(registry);
        var page = 0;
        registry.Faults.DoBefore(() =>
        {
            // What is listed already goes, what is to come changes, and more comes: each page is of the first one's version.
            page++;
            registry.Small.Remove(ResourceKinds.Pods, $"many-{page}");
            registry.Agreement.Forget($"many-{page}");
            registry.Small.SetReady($"many-{Many - page}", false);
            registry.Small.Pod($"new-{page}", $"10.0.2.{page}");
            return Task.CompletedTask;
        }, 4, static request => IsOfPods(request) && request.Query.Contains("continue=", StringComparison.Ordinal));
        await registry.MissChangesAsync(() =>
        {
            registry.Faults.ForgetHistory();
            registry.Faults.AnswerNext(1, 410, filter: static request => IsOfPods(request) && request.Query.StartsWith("?resourceVersion=", StringComparison.Ordinal));
        });
        await registry.AgreeAsync();
        page.ShouldBe(4);
    }

    [Fact]
    public async Task ARelistThatDiffersInHalfOfTheObjectsIsThatDifference()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        await AddManyAsync(registry);
        await registry.MissChangesAsync(() =>
        {
            for (var number = 1; number <= Many; number += 2)
            {
                registry.Small.Remove(ResourceKinds.Pods, $"many-{number}");
                registry.Agreement.Forget($"many-{number}");
                registry.Small.Pod($"new-{number}", $"10.0.2.{number}");
            }

            registry.Faults.ForgetHistory();
        });
        await registry.AgreeAsync();
        registry.ReasonsOfLists("pods").ShouldContain("gone");
    }

    [Fact]
    public async Task ARestoredEtcdIsFollowedAsAnotherHistory()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        var backup = registry.Small.Cluster.Storage.Snapshot();
        await registry.Agreement.RegisterAsync("greeter-1", "lost-with-etcd");
        await registry.ChangeAsync();
        await registry.Agreement.ReachAsync();
        registry.Agreement.Forget("greeter-1");
        registry.Small.Cluster.Storage.Restore(backup);
        await registry.Logs.WaitForAsync(HistoryReplaced);
        await registry.AgreeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
    }

    [Fact]
    public async Task APodThatIsRecreatedUnderItsNameIsAnotherInstance()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.MayBeEmpty = true;
        await registry.MissChangesAsync(() =>
        {
            registry.Small.Remove(ResourceKinds.Pods, "greeter-2");
            registry.Agreement.Forget("greeter-2");
            registry.Small.Pod("greeter-2", "10.0.0.22");
        });
        await registry.Agreement.ReachAsync();
        await registry.Agreement.RegisterAsync("greeter-2");
        await registry.AgreeAsync();
        (await registry.LookUpAsync())["instances"]!.AsArray().ShouldHaveSingleItem()!["address"]!.ToString().ShouldBe("10.0.0.22");
    }

    [Fact]
    public async Task ANamespaceThatIsDeletedLeavesNothing()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.MayBeEmpty = true;
        await registry.MissChangesAsync(() =>
        {
            registry.Small.Remove(ResourceKinds.Namespaces, "shop");
            registry.Agreement.Forget("greeter-2");
        });
        await registry.Small.SettleAsync();
        await registry.Agreement.ReachAsync();
        (await registry.LookUpAsync())["instances"]!.AsArray().ShouldBeEmpty();
        registry.Agreement.Through.Held().ShouldBeEmpty();

        // One of the same name later is another one.
        registry.Small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"shop"}}""");
        registry.Small.Pod("greeter-2", "10.0.0.2");
        await registry.Small.SettleAsync();
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task AServiceWhoseSelectorChangesShowsOtherPods()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Small.Pod("other-1", "10.0.3.1", app: "other");
        await registry.MissChangesAsync(() => registry.Small.Change(ResourceKinds.Services, "orders", static service => service["spec"]!["selector"]!["app"] = "other"));
        await registry.Small.SettleAsync();
        await registry.AgreeAsync();
        var orders = await registry.Gateway.Http.GetJsonAsync("/v1/namespaces/shop/services/orders/instances");
        orders["instances"]!.AsArray().ShouldHaveSingleItem()!["pod"]!["name"]!.ToString().ShouldBe("other-1");
    }

    [Fact]
    public async Task EndpointsThatAreCutAtAThousandAddressesShowAThousand()
    {
        const int Pods = 1_005;
        await using var registry = await FaultedRegistry.StartAsync(settings: new() { ["Kubernetes:Endpoints"] = "Endpoints" });
        registry.Small.Service(name: "wide");
        for (var number = 0; number < Pods; number++)
            registry.Small.Pod($"wide-{number}", $"10.1.{number / 250}.{number % 250}", app: "wide");
        await registry.Small.SettleAsync();
        var registered = Enumerable.Range(0, Pods).Select(static number => $"wide-{number}").Except(InEndpoints(registry, "wide"), StringComparer.Ordinal).ToList();
        registered.Count.ShouldBe(5);

        // Those that are left out are found once they register: a registration needs no endpoint.
        await registry.Gateway.Http.LookUpUntilAsync("shop", "wide", static all => all.Count == 1_000);
        foreach (var pod in registered)
            await registry.Agreement.RegisterAsync(pod, "wide");
        await registry.Gateway.Http.LookUpUntilAsync("shop", "wide", static all => all.Count == Pods);
        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
    }

    private static IEnumerable<string> InEndpoints(FaultedRegistry registry, string service) =>
        registry.Small.Get(ResourceKinds.Endpoints, service)!["subsets"]!.AsArray()
            .SelectMany(static subset => subset!["addresses"]!.AsArray()).Select(static address => (string)address!["targetRef"]!["name"]!);

    private static async Task AddManyAsync(FaultedRegistry registry)
    {
        for (var number = 1; number <= Many; number++)
            registry.Small.Pod($"many-{number}", $"10.0.1.{number}");
        await registry.Small.SettleAsync();
        await registry.Agreement.ReachAsync();
        foreach (var number in new[] { 1, 2, 3, 10, 20 })
            await registry.Agreement.RegisterAsync($"many-{number}");
        await registry.Agreement.ReachAsync();
    }

    private static bool IsOfPods(ObservedRequest request) => request.Method == "GET" && request.Path.EndsWith("/pods", StringComparison.Ordinal);
}
