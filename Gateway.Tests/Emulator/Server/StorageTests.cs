using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Server;

public sealed class StorageTests
{
    [Fact]
    public async Task RestoredStorageShowsItsOlderStateAndCountsOnFromThere()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        var snapshot = api.Cluster.Storage.Snapshot();
        api.Pod("b");
        var lost = api.Pod("c").Version;
        using var running = await api.WatchAsync($"{EmulatedApi.Pods}?watch=1&resourceVersion={lost}");
        api.Cluster.Storage.Restore(snapshot);

        var list = await api.GetAsync(EmulatedApi.Pods);
        list.Names.ShouldBe(["a"]);
        list.Version.ShouldBe($"{snapshot.Version}");
        (await api.GetAsync($"{EmulatedApi.Pods}?resourceVersion={lost}")).Status.ShouldBe(504);

        // Silent until the counter has passed the lost version: d and e take the places of b and c, f is the first to be heard of.
        api.Pod("d");
        api.Pod("e");
        api.Pod("f");
        (await running.NextAsync()).ShouldBe("ADDED f");
    }

    [Fact]
    public void ChangesCarryTheOldAndTheNewObject()
    {
        var storage = new ObjectStorage();
        var changes = new List<Change>();
        storage.Changed += changes.Add;
        var created = storage.Create(ResourceKinds.Leases, Lease("a"))!;
        storage.Create(ResourceKinds.Leases, Lease("b")).ShouldBeNull();
        storage.Update(ResourceKinds.Leases, Lease("b"), created.Version, out var updated).ShouldBe(WriteOutcome.Written);
        storage.Update(ResourceKinds.Leases, Lease("c"), created.Version, out _).ShouldBe(WriteOutcome.Conflict);
        storage.Delete(ResourceKinds.Leases, created.Key, null, out _).ShouldBe(WriteOutcome.Written);

        changes.Select(static change => change.Type).ShouldBe([ChangeType.Added, ChangeType.Modified, ChangeType.Deleted]);
        changes[1].Previous.ShouldBe(created);
        changes[1].Current.ShouldBe(updated);
        changes[2].Current.Version.ShouldBe(created.Version + 2);
        ((string?)changes[2].Current.Content["spec"]!["holderIdentity"]).ShouldBe("b");
    }

    [Fact]
    public async Task ConcurrentWritersGetEveryVersionOnce()
    {
        var storage = new ObjectStorage(historyLength: 10_000);
        using var reader = storage.TryFollow(ResourceKinds.Leases, storage.Version)!;
        var from = storage.Version;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            for (var number = 0; number < 250; number++)
                storage.Create(ResourceKinds.Leases, Lease("x", $"l-{writer}-{number}"));
        })));
        var read = reader.Read()!;
        read.Select(static change => change.Version).ShouldBe(Enumerable.Range(1, 2000).Select(step => from + step));
        read.ShouldAllBe(static change => (string?)change.Current.Content["metadata"]!["resourceVersion"] == $"{change.Version}");
        storage.List(ResourceKinds.Leases).Count.ShouldBe(2000);
    }

    [Fact]
    public void PastStateIsRebuiltFromTheHistory()
    {
        var storage = new ObjectStorage();
        var first = storage.Create(ResourceKinds.Leases, Lease("a"))!;
        storage.Update(ResourceKinds.Leases, Lease("b"), null, out _);
        storage.Delete(ResourceKinds.Leases, first.Key, null, out _);
        storage.ListAt(ResourceKinds.Leases, first.Version)!.ShouldHaveSingleItem().ShouldBe(first);
        storage.ListAt(ResourceKinds.Leases, first.Version - 1)!.ShouldBeEmpty();
        storage.Compact();
        storage.ListAt(ResourceKinds.Leases, first.Version).ShouldBeNull();
        storage.TryFollow(ResourceKinds.Leases, first.Version).ShouldBeNull();
    }

    private static JsonObject Lease(string holder, string name = "l") => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "shop" }, ["spec"] = new JsonObject { ["holderIdentity"] = holder },
    };
}
