using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Projecting;

public sealed class RegistryProjectorTests
{
    [Fact]
    public void NothingIsPublishedBeforeEveryKindWasListed()
    {
        using var registry = new ProjectedRegistry();
        registry.Pods.Replace([Given.Pod("a", "10.1.0.1", Given.Record("a"))], 5);
        registry.Services.Replace([], 5);
        registry.Fold().HasSynced.ShouldBeFalse();
        registry.State.Current.Services.ShouldBeEmpty();

        registry.Slices.Replace([], 5);
        registry.Fold().HasSynced.ShouldBeTrue();
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
    }

    [Fact]
    public void AThousandChangesOfOneServiceAreOneProjectionAndOnePublication()
    {
        using var registry = ProjectedRegistry.Synced();
        var published = 0;
        using var listening = registry.State.OnPublished((_, changed) =>
        {
            published++;
            changed.ShouldHaveSingleItem().ShouldBe(new ServiceKey("shop", "orders"));
        });
        for (var i = 0; i < 1000; i++)
            registry.Put(Given.Pod($"pod-{i % 10}", "10.1.0.1", Given.Record($"pod-{i % 10}") with { Weight = i }));
        registry.Fold();
        published.ShouldBe(1);
        registry.Instances().Length.ShouldBe(10);
        registry.Instances().Max(static instance => instance.Weight).ShouldBe(999);
    }

    [Fact]
    public void AStateKnowsWhenTheOldestOfItsChangesArrived()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")), Given.Pod("c", "10.1.0.3", Given.Record("c", "other")));
        registry.Put(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        registry.Put(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 2 }));
        registry.Projector.Wake(17);
        registry.Projector.Wake(18);
        registry.Fold();
        registry.Service().Arrived.ShouldBe(17);

        registry.Put(Given.Pod("c", "10.1.0.3", Given.Record("c", "other") with { Weight = 1 }));
        registry.Projector.Wake(19);
        registry.Fold();
        registry.Service().Arrived.ShouldBe(17, "it did not change");
        registry.Service("other").Arrived.ShouldBe(19);
    }

    [Fact]
    public void WhatDidNotChangeIsTheSameObject()
    {
        using var registry = ProjectedRegistry.Synced(
            Given.Pod("a", "10.1.0.1", Given.Record("a")), Given.Pod("b", "10.1.0.2", Given.Record("b")), Given.Pod("c", "10.1.0.3", Given.Record("c", "other")));
        var (before, other) = (registry.Instances(), registry.Service("other"));
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));

        registry.Service("other").ShouldBeSameAs(other);
        foreach (var instance in registry.Instances())
        {
            var former = before.Single(one => one.Id == instance.Id);
            if (instance.Pod!.Name == "b")
                instance.ShouldBeSameAs(former);
            else
                instance.Revision.ShouldNotBe(former.Revision);
        }
    }

    [Fact]
    public void AChangeThatShowsNowhereLeavesServicesAsTheyAreButAdvancesTheRevision()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var (service, revision) = (registry.Service(), registry.State.Current.Revision);
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        registry.Fold(pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["x"] = "y" } } });
        registry.Service().ShouldBeSameAs(service);
        registry.State.Current.Revision.Covers(revision).ShouldBeTrue();
        revision.Covers(registry.State.Current.Revision).ShouldBeFalse();
    }

    [Fact]
    public void ARoundWithNothingNewPublishesNothing()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var snapshot = registry.State.Current;
        registry.Projector.Fold().ShouldBeFalse();
        registry.State.Current.ShouldBeSameAs(snapshot);
    }

    [Fact]
    public void ARecordThatMovesToAnotherServiceLeavesTheFormer()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", "other")));
        registry.Instances().ShouldBeEmpty();
        registry.Only("other");
        registry.State.Current.Services.Count.ShouldBe(1);
        registry.State.Current.Instances.Count.ShouldBe(1);
    }

    [Fact]
    public void LosingTheApiServerIsToldWithoutAChangeOfAnyService()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var service = registry.Service();
        registry.IsLost = true;
        registry.Fold().IsStale.ShouldBeTrue();
        registry.Service().ShouldBeSameAs(service);
        registry.IsLost = false;
        registry.Fold().IsStale.ShouldBeFalse();
    }

    [Fact]
    public void NoLeaseLapsesWhileTheApiServerIsLost()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Ttl = 30 }));
        registry.IsLost = true;
        registry.Fold();
        registry.Time.Advance(TimeSpan.FromMinutes(20));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.IsLost = false;
        registry.Fold();
        registry.Time.Advance(TimeSpan.FromSeconds(29));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Up);
        registry.Time.Advance(TimeSpan.FromSeconds(2));
        registry.Fold();
        registry.Only().Status.ShouldBe(InstanceStatus.Down);
    }

    [Fact]
    public void ARelistIsFoldedAsItsDifference()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")), Given.Pod("b", "10.1.0.2", Given.Record("b")));
        var kept = registry.Instances().Single(static instance => instance.Pod!.Name == "b");
        registry.Pods.Replace([Given.Pod("b", "10.1.0.2", Given.Record("b")), Given.Pod("c", "10.1.0.3", Given.Record("c"))], 900);
        registry.Fold();
        registry.Instances().Select(static instance => instance.Pod!.Name).ShouldBe(["b", "c"], ignoreOrder: true);
        registry.Instances().Single(static instance => instance.Pod!.Name == "b").ShouldBeSameAs(kept);
    }

    [Fact]
    public void ARestoredStoreIsAnotherHistory()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var before = registry.State.Current.Revision;
        registry.Pods.Replace([], 50, historyReplaced: true);
        registry.Fold();
        registry.Instances().ShouldBeEmpty();
        registry.State.Current.Revision.Covers(before).ShouldBeFalse();

        registry.Pods.Advance(100_000);
        registry.Services.Advance(100_000);
        registry.Slices.Advance(100_000);
        registry.Nodes.Advance(100_000);
        registry.Fold().Revision.Covers(before).ShouldBeFalse();
    }

    [Fact]
    public void AServiceThatIsTheSameAfterARestoreIsOfTheNewHistory()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var (orders, unknown) = (new ServiceKey("shop", "orders"), new ServiceKey("shop", "unknown"));
        var before = registry.State.Current.Find(orders);
        registry.Pods.Replace([Given.Pod("a", "10.1.0.1", Given.Record("a"))], 50, historyReplaced: true);
        var after = registry.Fold();

        after.Find(orders).Sequence.ShouldBe(before.Sequence, "nobody has to be told anything");
        after.Revision.Covers(after.Find(orders).Revision).ShouldBeTrue();
        after.Revision.Covers(after.Find(unknown).Revision).ShouldBeTrue();
    }

    [Fact]
    public void TheRevisionOfAServiceNeverShrinks()
    {
        using var registry = ProjectedRegistry.Synced();
        var (random, last) = (new Random(3), registry.State.Current);
        for (var round = 0; round < 300; round++)
        {
            var name = $"pod-{random.Next(5)}";
            if (random.Next(3) == 0)
                registry.Delete(Given.Pod(name, null));
            else
                registry.Put(Given.Pod(name, "10.1.0.1", Given.Record(name) with { Weight = random.Next(3) }));
            var next = registry.Fold();
            next.Revision.Covers(last.Revision).ShouldBeTrue();
            next.Find(new("shop", "orders")).Revision.Covers(last.Find(new("shop", "orders")).Revision).ShouldBeTrue();
            next.Revision.Covers(next.Find(new("shop", "orders")).Revision).ShouldBeTrue();
            last = next;
        }
    }

    [Fact]
    public void TwoReplicasThatFoldedInAnotherOrderAnswerTheSame()
    {
        var random = new Random(17);
        var objects = new List<IKubernetesObject> { Given.Service("orders"), Given.Service("other"), Given.Node("node-1", "zone-a") };
        for (var i = 0; i < 30; i++)
        {
            var (pod, ip) = ($"pod-{i}", $"10.1.0.{i}");
            objects.Add(i % 3 == 0 ? Given.Pod(pod, ip) : Given.Pod(pod, ip, Given.Record(pod), Given.Record(pod, "other", 9000 + i)));
            objects.Add(Given.Slice("orders", $"slice-{i % 7}-{i}", Given.Endpoint(pod, ip, i % 4 != 0), Given.Bare($"192.0.2.{i % 5}", i % 2 == 0)));
        }

        var tags = Enumerable.Range(0, 20).Select(_ =>
        {
            using var registry = ProjectedRegistry.Synced();
            var shuffled = objects.ToArray();
            random.Shuffle(shuffled);
            foreach (var one in shuffled)
            {
                registry.Put(one);
                if (random.Next(3) == 0)
                    registry.Fold();
            }

            registry.Fold();
            return string.Join(',', from name in new[] { "orders", "other" }
                                    from filter in new[] { LookupFilter.Default, LookupFilter.Any }
                                    select registry.Service(name).View(filter).ETag);
        });
        tags.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AnEventThatComesWhileARoundRunsIsInTheNextOne()
    {
        using var registry = ProjectedRegistry.Synced();
        using var ending = new CancellationTokenSource();
        registry.Pods.Changed = registry.Projector.Wake;
        var running = Task.Run(() => registry.Projector.RunAsync(ending.Token), TestContext.Current.CancellationToken);
        for (var i = 0; i < 1000; i++)
        {
            var version = registry.Put(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = i }));
            var snapshot = await registry.State.WaitForPodAsync("shop", "a", Given.UidOf("a"), version, Patience.Limit, TestContext.Current.CancellationToken)
                .WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
            snapshot!.Find(new("shop", "orders")).Instances.ShouldHaveSingleItem().Weight.ShouldBe(i);
        }

        await ending.CancelAsync();
        await running.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void UnreadableRecordsAreOneLineForEachPodWhenSomeAppear()
    {
        using var log = new LogBookOf<RegistryProjector>();
        using var registry = new ProjectedRegistry(log);
        registry.Sync();
        var pod = Given.Pod("a", "10.1.0.1").Annotated(("registry-gateway.io/declare", "[{]"), ("registry-gateway.io/" + new string('0', 32), "{}"));
        registry.Fold(pod);
        registry.Fold(pod with { Ready = false });
        registry.Fold(pod.Annotated(("registry-gateway.io/" + new string('1', 32), "[]")));
        log.Ids.Count(static id => id == 1501).ShouldBe(2);
    }

    [Fact]
    public void ADeclarationOfAHundredThousandZerosIsOneShortLine()
    {
        using var log = new LogBookOf<RegistryProjector>();
        using var registry = new ProjectedRegistry(log);
        registry.Sync();
        registry.Fold(Given.Pod("a", "10.1.0.1").Annotated(
            ("registry-gateway.io/declare", $"[{string.Join(',', Enumerable.Repeat("0", 120_000))}]"),
            ("registry-gateway.io/" + new string('0', 32), "{\"v\":1,\"metadata\":{\"" + new string('ä', 100_000) + "\":1}}")));
        log.Lines.Where(static line => line.Id == 1501).ShouldHaveSingleItem().Text.Length.ShouldBeLessThan(4_096);
    }

    [Fact]
    public void AnInstanceAndItsPodAreFoundById()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var (instance, pod) = registry.State.Current.FindInstance(Given.Record("a").Id)!.Value;
        instance.ShouldBeSameAs(registry.Only());
        pod!.Pod.Metadata.Name.ShouldBe("a");
        pod.Records.Registrations.ShouldHaveSingleItem();
        registry.State.Current.FindInstance(new string('f', 32)).ShouldBeNull();
        registry.State.Current.RegistrationsOf("shop", "nobody").ShouldBeNull();
    }
}
