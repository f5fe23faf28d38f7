using System.Net;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a container restart means for its registration, whichever of POST and kubelet's status comes first (contract, section 1).</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task ARestartTakesTheRegistrationDownUntilItRegistersAgain()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting", expected: HttpStatusCode.Created);

        registry.Cluster.Player.RestartContainer("shop", "greeter-1", "app", DateTimeOffset.UtcNow.AddSeconds(30));
        var down = (await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all[0].Status() == "DOWN")).ShouldHaveSingleItem();
        ((string?)down["reason"]).ShouldBe("ContainerRestarted");

        // The new run registers: of equal content, and after its start as the kubelet told it.
        registry.Small.ChangePod("greeter-1", static pod =>
            pod["status"]!["containerStatuses"]![0]!["state"]!["running"]!["startedAt"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        await registry.RegisterAsync("greeter-1", "greeting", expected: HttpStatusCode.OK);
        (await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all[0].Status() == "UP")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AStatusThatIsPostedLateForARunThatHadRegisteredChangesNothing()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await using var stream = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");

        // The run began before the registration; its status comes only now, as while a postStart hook runs.
        registry.Cluster.Player.RestartContainer("shop", "greeter-1", "app", DateTimeOffset.UtcNow.AddMinutes(-5));

        // A fence: the next thing the stream tells is another registration's arrival, not a change of this one.
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-2", "greeting");
        ((string?)(await stream.NextAsync("added")).Data["pod"]!["name"]).ShouldBe("greeter-2");
        (await registry.Http.LookUpAsync("shop", "greeting")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task ARunThatPostsWhatItsPredecessorHadRegisteredStaysUpWhenItsStatusComes()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");

        // The new run's start lies after the first registration by more than any clock skew, and before its own POST.
        var startedAt = DateTimeOffset.UtcNow.AddSeconds(3);
        registry.Small.ChangePod("greeter-1", static pod => BackdateRegistration(pod));
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => ((string)all[0]["registeredAt"]!).StartsWith("2020", StringComparison.Ordinal));
        var version = registry.Cluster.Storage.Get(Gateway.Emulator.Storage.ResourceKinds.Pods, "shop", "greeter-1")!.Version;
        await registry.RegisterAsync("greeter-1", "greeting", expected: HttpStatusCode.OK);
        registry.Cluster.Storage.Get(Gateway.Emulator.Storage.ResourceKinds.Pods, "shop", "greeter-1")!.Version.ShouldBe(version, "equal content is not written");

        await using var stream = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        registry.Cluster.Player.RestartContainer("shop", "greeter-1", "app", startedAt.AddSeconds(-3));

        // What the process remembered is written down, so that every other replica agrees; nobody was told of a removal meanwhile.
        await registry.Cluster.WaitForAnnotationAsync("shop", "greeter-1", static value => value.Contains("\"restarts\":1", StringComparison.Ordinal));
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-2", "greeting");
        ((string?)(await stream.NextAsync("added")).Data["pod"]!["name"]).ShouldBe("greeter-2");
        (await registry.Http.LookUpAsync("shop", "greeting")).ShouldAllBe(static instance => instance.Status() == "UP");
    }

    private static void BackdateRegistration(System.Text.Json.Nodes.JsonObject pod)
    {
        var annotations = pod["metadata"]!["annotations"]!.AsObject();
        var (key, value) = annotations.Single(static entry => entry.Key.StartsWith("registry-gateway.io/", StringComparison.Ordinal));
        var record = System.Text.Json.Nodes.JsonNode.Parse((string)value!)!;
        record["registeredAt"] = "2020-01-01T00:00:00Z";
        annotations[key] = record.ToJsonString();
    }
}
