using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ObjectStoreTests
{
    private readonly ObjectStore<Pod> _store = ClusterCache.NewPodStore();

    [Fact]
    public void AThousandChangesOfOneObjectAreOneEntry()
    {
        for (ulong version = 1; version <= 1000; version++)
            _store.Put(Pod("a", version), version);
        var batch = _store.Drain();
        batch.Changes.ShouldHaveSingleItem().Value.ShouldBeSameAs(_store.Find(new("shop", "a")));
        batch.Version.ShouldBe(1000UL);
        _store.Drain().Changes.ShouldBeEmpty();
    }

    [Fact]
    public void WhatCameAndWentBetweenTwoDrainsIsGone()
    {
        _store.Put(Pod("a", 1), 1);
        _store.Remove(new("shop", "a"), 2);
        _store.Drain().Changes.ShouldHaveSingleItem().Value.ShouldBeNull();
        _store.Remove(new("shop", "never there"), 3);
        _store.Drain().ShouldSatisfyAllConditions(batch => batch.Changes.ShouldBeEmpty(), batch => batch.Version.ShouldBe(3UL));
    }

    [Fact]
    public void ARelistAnnouncesOnlyTheDifferenceAndKeepsWhatIsTheSame()
    {
        _store.Replace([Pod("same", 1), Pod("changed", 2), Pod("replaced", 3, "old"), Pod("gone", 4)], 10);
        _store.Drain().ShouldSatisfyAllConditions(batch => batch.Changes.Count.ShouldBe(4), batch => batch.HasSynced.ShouldBeTrue());
        var same = _store.Find(new("shop", "same"));

        _store.Replace([Pod("same", 1), Pod("changed", 12), Pod("replaced", 3, "new"), Pod("added", 13)], 20);
        var batch = _store.Drain();
        batch.Changes.Keys.Select(static key => key.Name).ShouldBe(["changed", "replaced", "gone", "added"], ignoreOrder: true);
        batch.Changes[new("shop", "gone")].ShouldBeNull();
        _store.Find(new("shop", "same")).ShouldBeSameAs(same);
        (batch.Version, batch.History, _store.Count).ShouldBe((20UL, 0U, 4));
    }

    [Fact]
    public void TheIndexFollowsAddressesAsTheyMove()
    {
        _store.Put(Pod("a", 1, addresses: ["10.0.0.1", "fd00::1"]), 1);
        _store.Put(Pod("b", 2, addresses: ["10.0.0.1"]), 2);
        Names("10.0.0.1").ShouldBe(["a", "b"], ignoreOrder: true);
        _store.Put(Pod("a", 3, addresses: ["10.0.0.3", "fd00::1"]), 3);
        Names("10.0.0.1").ShouldBe(["b"]);
        Names("10.0.0.3").ShouldBe(["a"]);
        Names("fd00::1").ShouldBe(["a"]);
        _store.Remove(new("shop", "b"), 4);
        Names("10.0.0.1").ShouldBeEmpty();
        _store.Replace([Pod("c", 5, addresses: ["10.0.0.1"])], 5);
        Names("10.0.0.1").ShouldBe(["c"]);
        Names("fd00::1").ShouldBeEmpty();
    }

    [Fact]
    public void TheWakeUpComesAfterTheChangeStandsInTheFeed()
    {
        List<int> drained = [];
        _store.Changed = _ => drained.Add(_store.Drain().Changes.Count);
        _store.Put(Pod("a", 1), 1);
        _store.Replace([Pod("b", 2)], 2);
        _store.Advance(3);
        _store.Advance(3);
        drained.ShouldBe([1, 2, 0]);
    }

    [Fact]
    public async Task EveryDrainIsExactlyTheStateOfItsVersion()
    {
        const ulong last = 20_000;
        var writing = Task.Run(() =>
        {
            for (ulong version = 1; version <= last; version++)
                _store.Put(Pod($"p{version % 7}", version), version);
        }, TestContext.Current.CancellationToken);

        Dictionary<ObjectKey, Pod?> copy = [];
        ulong seen;
        do
        {
            var batch = _store.Drain();
            foreach (var (key, pod) in batch.Changes)
                copy[key] = pod;
            seen = batch.Version;
            copy.Values.Select(static pod => pod!.Metadata.Version).DefaultIfEmpty(0UL).Max().ShouldBe(seen);
        }
        while (seen < last);
        await writing;
    }

    private static Pod Pod(string name, ulong version, string uid = "u", string[]? addresses = null) => new()
    {
        Metadata = new() { Name = name, Namespace = "shop", Uid = uid, Version = version },
        PodIPs = [.. addresses ?? []],
    };

    private IEnumerable<string> Names(string address) => _store.ByIndex(ClusterCache.AddressIndex, address).Select(static pod => pod.Metadata.Name);
}
