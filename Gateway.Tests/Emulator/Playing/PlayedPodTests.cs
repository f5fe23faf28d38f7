using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Playing;

public sealed class PlayedPodTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task PodWithoutStatusGetsANodeAnAddressAndRunningContainers()
    {
        await using var cluster = await StartAsync(player: true, time: new ManualTimeProvider(Start));
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();

        var pod = cluster.Get(ResourceKinds.Pods, "orders-1")!;
        ((string?)pod["spec"]!["nodeName"]).ShouldBe("node-1");
        var status = pod["status"]!;
        ((string?)status["phase"]).ShouldBe("Running");
        ((string?)status["podIP"]).ShouldBe("10.244.1.2");
        ShouldBeJson(status["podIPs"], """[{"ip":"10.244.1.2"}]""");
        ((string?)status["hostIP"]).ShouldBe("172.18.0.2");
        ((string?)status["startTime"]).ShouldBe("2026-03-01T12:00:00Z");
        status["conditions"]!.AsArray().Select(static condition => $"{condition!["type"]} {condition["status"]} {condition["lastTransitionTime"]}").ShouldBe(
        [
            "PodScheduled True 2026-03-01T12:00:00Z",
            "PodReadyToStartContainers True 2026-03-01T12:00:00Z",
            "Initialized True 2026-03-01T12:00:00Z",
            "Ready True 2026-03-01T12:00:00Z",
            "ContainersReady True 2026-03-01T12:00:00Z",
        ]);
        var container = status["containerStatuses"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)container["containerID"]!).ShouldMatch("^containerd://[0-9a-f]{64}$");
        container.AsObject().Remove("containerID");
        ((string)container["imageID"]!).ShouldStartWith("example/orders:1@sha256:");
        container.AsObject().Remove("imageID");
        ShouldBeJson(container, """
            {"name":"app","state":{"running":{"startedAt":"2026-03-01T12:00:00Z"}},"lastState":{},"ready":true,"restartCount":0,"image":"example/orders:1","started":true}
            """);
    }

    [Fact]
    public async Task PodGoesThroughPendingWithItsContainersBeingCreated()
    {
        await using var cluster = await StartAsync(player: true);
        using var changes = cluster.Cluster.Storage.ListAndFollow(ResourceKinds.Pods).Reader;
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();

        changes.Read()!.Select(static change =>
        {
            var pod = change.Current.Content;
            return $"{pod["spec"]!["nodeName"]} {pod["status"]?["phase"] ?? "Pending"} {pod["status"]?["podIP"]} {pod["status"]?["containerStatuses"]?[0]!["state"]!.AsObject().Single().Key}";
        }).ShouldBe([" Pending  ", "node-1 Pending  ", "node-1 Pending  waiting", "node-1 Running 10.244.1.2 running"]);
    }

    [Fact]
    public async Task NativeSidecarsRunAndInitContainersAreDone()
    {
        await using var cluster = await StartAsync(player: true);
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1", """
            "initContainers":[{"name":"setup","image":"setup:1"},{"name":"proxy","image":"proxy:1","restartPolicy":"Always"}],
            """);
        await cluster.SettleAsync();

        var statuses = cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["initContainerStatuses"]!.AsArray();
        statuses.Select(static status => $"{status!["name"]} {status["state"]!.AsObject().Single().Key} {status["ready"]} {status["started"]}")
            .ShouldBe(["setup terminated true false", "proxy running true true"]);
    }

    [Fact]
    public async Task PodsAreSpreadOverNodesAndNoAddressIsUsedTwice()
    {
        await using var cluster = await StartAsync(player: true);
        Node(cluster, "node-1", "10.244.1.0/29");
        Node(cluster, "node-2", "10.244.2.0/29");
        cluster.Pod("by-hand", "10.244.1.2");
        for (var i = 1; i <= 9; i++)
        {
            Bare(cluster, $"orders-{i}");
        }

        await cluster.SettleAsync();
        var pods = cluster.Cluster.Storage.List(ResourceKinds.Pods).In("shop").Select(static pod => pod.Content).ToList();
        var addresses = pods.Select(static pod => (string?)pod["status"]!["podIP"]).ToList();
        addresses.ShouldNotContain((string?)null);
        addresses.Distinct().Count().ShouldBe(10);
        pods.CountBy(static pod => (string)pod["spec"]!["nodeName"]!).ShouldAllBe(static node => node.Value == 5);
        pods.ShouldAllBe(static pod => ((string)pod["status"]!["podIP"]!).StartsWith(((string)pod["spec"]!["nodeName"]!).Replace("node-", "10.244.")));
    }

    [Fact]
    public async Task AddressOfAPodThatIsGoneIsGivenAgain()
    {
        await using var cluster = await StartAsync(player: true);
        Node(cluster, "node-1", "10.244.1.0/30");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();
        cluster.Remove(ResourceKinds.Pods, "orders-1");
        Bare(cluster, "orders-2");
        await cluster.SettleAsync();

        ((string?)cluster.Get(ResourceKinds.Pods, "orders-2")!["status"]!["podIP"]).ShouldBe("10.244.1.2");
    }

    [Fact]
    public async Task DualStackPodsHaveAnAddressOfEachFamily()
    {
        await using var cluster = await StartAsync(player: true, dualStackPods: true);
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();

        ShouldBeJson(cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["podIPs"], """[{"ip":"10.244.1.2"},{"ip":"fd00:10:244:1::2"}]""");
    }

    [Fact]
    public async Task PodOfTheHostsNetworkHasTheHostsAddress()
    {
        await using var cluster = await StartAsync(player: true);
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "agent", "\"hostNetwork\":true,");
        await cluster.SettleAsync();

        ((string?)cluster.Get(ResourceKinds.Pods, "agent")!["status"]!["podIP"]).ShouldBe("172.18.0.2");
    }

    [Fact]
    public async Task PodWaitsUnscheduledUntilThereIsANode()
    {
        await using var cluster = await StartAsync(player: true);
        Bare(cluster, "orders-1");
        Bare(cluster, "orders-2", "\"nodeName\":\"node-2\",");
        await cluster.SettleAsync();
        var condition = cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["conditions"]![0]!;
        $"{condition["type"]} {condition["status"]} {condition["reason"]}".ShouldBe("PodScheduled False Unschedulable");

        Node(cluster, "node-1", "10.244.1.0/24");
        await cluster.SettleAsync();
        ((string?)cluster.Get(ResourceKinds.Pods, "orders-1")!["status"]!["phase"]).ShouldBe("Running");
        ((string?)cluster.Get(ResourceKinds.Pods, "orders-2")!["status"]?["podIP"]).ShouldBeNull();
    }

    [Fact]
    public async Task PodsWithAStatusOfSomebodyElseAreLeftAlone()
    {
        await using var cluster = await StartAsync(player: true);
        Node(cluster, "node-1", "10.244.1.0/24");
        await cluster.SettleAsync();
        var storage = cluster.Cluster.Storage;
        storage.Create(ResourceKinds.Pods, JsonNode.Parse("""
            {"metadata":{"name":"failed","namespace":"shop","uid":"1"},"spec":{"containers":[{"name":"app"}]},"status":{"phase":"Failed"}}
            """)!.AsObject());
        storage.Create(ResourceKinds.Pods, JsonNode.Parse("""
            {"metadata":{"name":"addressed","namespace":"shop","uid":"2"},"spec":{"containers":[{"name":"app"}]},"status":{"phase":"Pending","podIP":"10.9.9.9"}}
            """)!.AsObject());
        var version = storage.Version;
        await cluster.SettleAsync();

        storage.Version.ShouldBe(version);
    }

    [Fact]
    public async Task TerminatingPodGoesWhenItsGracePeriodIsOver()
    {
        var time = new ManualTimeProvider(Start);
        await using var cluster = await StartAsync(player: true, time: time);
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1");
        cluster.Pod("by-hand", "10.1.0.9");
        await cluster.SettleAsync();
        cluster.Terminate("orders-1", at: "2026-03-01T12:00:30Z");
        cluster.Terminate("by-hand", at: "2026-03-01T12:00:40Z");
        await cluster.SettleAsync();

        time.Advance(TimeSpan.FromSeconds(29));
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.Pods, "orders-1").ShouldNotBeNull();

        time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.Pods, "orders-1").ShouldBeNull();
        cluster.Get(ResourceKinds.Pods, "by-hand").ShouldNotBeNull();

        time.Advance(TimeSpan.FromSeconds(10));
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.Pods, "by-hand").ShouldBeNull();
    }

    [Fact]
    public async Task PodUnderAnOldNameOutlivesItsPredecessorsGracePeriod()
    {
        var time = new ManualTimeProvider(Start);
        await using var cluster = await StartAsync(player: true, time: time);
        Node(cluster, "node-1", "10.244.1.0/24");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();
        cluster.Terminate("orders-1", at: "2026-03-01T12:00:30Z");
        cluster.Remove(ResourceKinds.Pods, "orders-1");
        Bare(cluster, "orders-1");
        await cluster.SettleAsync();

        time.Advance(TimeSpan.FromMinutes(1));
        await cluster.SettleAsync();
        cluster.Get(ResourceKinds.Pods, "orders-1").ShouldNotBeNull();
    }

    private static void Node(SmallCluster cluster, string name, string cidr)
    {
        cluster.Create(ResourceKinds.Nodes, $$"""{"metadata":{"name":"{{name}}"},"spec":{"podCIDR":"{{cidr}}","podCIDRs":["{{cidr}}"]} }""");
        cluster.Cluster.Objects.Change(
            ResourceKinds.Nodes, "", name, static node => node["status"] = JsonNode.Parse("""{"addresses":[{"type":"InternalIP","address":"172.18.0.2"}]}"""), "status");
    }

    private static void Bare(SmallCluster cluster, string name, string spec = "") =>
        cluster.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop"},"spec":{ {{spec}}"containers":[{"name":"app","image":"example/orders:1"}]} }
            """);
}
