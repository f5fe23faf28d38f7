using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Controllers;

public sealed class SliceWriteTests
{
    [Fact]
    public async Task ChangeThatTouchesNoEndpointWritesNothing()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();

        cluster.Change(ResourceKinds.Pods, "orders-1", static pod => pod["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "b" });
        cluster.Change(ResourceKinds.Services, "orders", static service => service["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "b" });
        var version = cluster.Cluster.Storage.Version;
        await cluster.SettleAsync();
        cluster.Cluster.Storage.Version.ShouldBe(version);
    }

    [Fact]
    public async Task FiveThousandEndpointsAreInFiftySlicesAndAChangedPodChangesOne()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        // The Service comes last: slices that fill up as pods come are not packed to the brim.
        for (var i = 0; i < 5000; i++)
        {
            cluster.Pod($"orders-{i}", $"10.2.{i / 250}.{(i % 250) + 1}");
        }

        cluster.Service();
        await cluster.SettleAsync();
        cluster.Slices().Count.ShouldBe(50);
        cluster.Slices().ShouldAllBe(static slice => AddressesOf(slice).Count == 100);
        cluster.Slices().SelectMany(AddressesOf).Distinct().Count().ShouldBe(5000);

        var before = Versions(cluster);
        cluster.SetReady("orders-1234", false);
        await cluster.SettleAsync();
        Changed(before, Versions(cluster)).ShouldBe(1);

        before = Versions(cluster);
        cluster.Remove(ResourceKinds.Pods, "orders-777");
        await cluster.SettleAsync();
        Changed(before, Versions(cluster)).ShouldBe(1);

        before = Versions(cluster);
        cluster.Pod("orders-new", "10.3.0.1");
        await cluster.SettleAsync();
        Changed(before, Versions(cluster)).ShouldBe(1);
        cluster.Slices().Count.ShouldBe(50);
    }

    [Fact]
    public async Task AFullSliceIsLeftAloneAndOneMoreBeginsANewOne()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        for (var i = 1; i <= 100; i++)
        {
            cluster.Pod($"orders-{i}", $"10.2.0.{i}");
        }

        cluster.Service();
        await cluster.SettleAsync();
        var before = Versions(cluster);
        before.Count.ShouldBe(1);
        cluster.Pod("orders-101", "10.2.0.101");
        await cluster.SettleAsync();

        cluster.Slices().Select(static slice => AddressesOf(slice).Count).ShouldBe([100, 1], ignoreOrder: true);
        before.ShouldBeSubsetOf(Versions(cluster));
    }

    [Fact]
    public async Task SliceThatSomebodyTookAwayComesBack()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();

        cluster.Remove(ResourceKinds.EndpointSlices, (string)cluster.Slice()["metadata"]!["name"]!);
        cluster.Remove(ResourceKinds.Endpoints, "orders");
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.5"]);
        cluster.Get(ResourceKinds.Endpoints, "orders").ShouldNotBeNull();
    }

    [Fact]
    public async Task RestoredStorageIsBroughtUpToDateAgain()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        var snapshot = cluster.Cluster.Storage.Snapshot();
        cluster.Pod("orders-2", "10.1.0.6");
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).Count.ShouldBe(2);

        cluster.Cluster.Storage.Restore(snapshot);
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.5"]);
    }

    private static HashSet<string> Versions(SmallCluster cluster) =>
        [.. cluster.Slices().Select(static slice => $"{slice["metadata"]!["name"]} {slice["metadata"]!["resourceVersion"]}")];

    private static int Changed(HashSet<string> before, HashSet<string> after) => after.Except(before).Count();
}
