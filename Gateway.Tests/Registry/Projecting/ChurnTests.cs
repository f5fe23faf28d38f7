using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>Names that come and go leave nothing behind, once the times are over for which their past is kept.</summary>
public sealed class ChurnTests
{
    private const int Names = 20_000;

    // Of 80,000: tables of a fixed size may hold the last names, whose number does not grow with how many came and went.
    private const int MayLive = 1_000;

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task TwentyThousandNamesThatCameAndWentLeaveNothingBehind()
    {
        using var registry = new ProjectedRegistry(history: new HistoryOptions { HistoryChanges = 0 });
        using var metrics = new GatewayMetrics();
        using var hub = new SubscriptionHub(registry.State, new SubscriptionOptions(), registry.Time, metrics);

        // On a stack of its own, which is gone afterwards: a snapshot in a frame of this test would stay alive.
        var made = await Task.Run(() => ChurnAndSettleAsync(registry, hub), TestContext.Current.CancellationToken);

        registry.Posts.Count.ShouldBe(0);
        registry.Leases.Count.ShouldBe(0);
        hub.Past.Size.States.ShouldBe(0);
        made.Count.ShouldBe(4 * Names);

        // What a thread that has just ended its work left on its stack, or a finalizer has yet to see, is gone by another collection.
        for (var collections = 0; collections < 20 && made.Count(static one => one.IsAlive) >= MayLive; collections++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        made.Count(static one => one.IsAlive).ShouldBeLessThan(MayLive);
        registry.State.Current.Tombstones.Count.ShouldBe(0);
    }

    [Fact]
    public void ARemovedServiceKeepsNothingOfWhatItsReadersMade()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.0.0.1", Given.Record("a")), Given.Pod("stays", "10.0.0.2", Given.Record("stays", "other")));
        var filter = new LookupFilter { Zone = "zone-a" };
        registry.Delete(Given.Pod("a", "10.0.0.1"));
        registry.Fold();
        var removed = registry.Service();
        var (plain, filtered) = (removed.View(LookupFilter.Default), removed.View(filter));
        registry.Service().View(filter).ShouldBeSameAs(filtered, "readers that come together share it");

        registry.Time.Advance(SnapshotBuilder.BetweenViewDrops);
        var shown = registry.Service("other").View(LookupFilter.Default);
        registry.Fold(Given.Pod("b", "10.0.0.3", Given.Record("b", "third")));

        registry.Service().ShouldBeSameAs(removed);
        removed.View(LookupFilter.Default).ShouldNotBeSameAs(plain);
        removed.View(filter).ShouldNotBeSameAs(filtered);
        registry.Service("other").View(LookupFilter.Default).ShouldBeSameAs(shown);
    }

    [Fact]
    public void ATombstoneEndsAlsoWhenItsRoundChangesNothingElse()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.0.0.1", Given.Record("a")));
        registry.Delete(Given.Pod("a", "10.0.0.1"));
        registry.Fold().Tombstones.Count.ShouldBe(1);

        registry.Time.Advance(SnapshotBuilder.TombstonesFor + TimeSpan.FromMinutes(2));
        registry.Projector.Fold().ShouldBeFalse();
        registry.Fold(Given.Pod("b", "10.0.0.2", Given.Record("b", "other")));

        registry.State.Current.Tombstones.ShouldBeEmpty();
    }

    [Fact]
    public void NotesThatCameAfterTheirRegistrationsWereGoneAreRemovedSoonWhereThereAreMany()
    {
        var lives = Given.Record("a");
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.0.0.1", lives));
        registry.Posts.Note(lives.Id, registry.Time.GetUtcNow());
        for (var number = 0; number < 5_000; number++)
            registry.Posts.Note($"{number:x32}", registry.Time.GetUtcNow());
        registry.Fold();
        registry.Posts.Count.ShouldBe(5_001, "their registrations may be on their way");

        registry.Time.Advance(TimeSpan.FromSeconds(45));
        registry.Fold();

        registry.Posts.Count.ShouldBe(1);
        registry.Posts.LastPost(lives.Id).ShouldNotBeNull();
    }

    private static async Task<List<WeakReference>> ChurnAndSettleAsync(ProjectedRegistry registry, SubscriptionHub hub)
    {
        registry.Sync();
        registry.Fold(Given.Pod("stays", "10.0.0.1", Given.Record("stays")));
        using var stream = hub.TryOpen(StreamSelection.OfNamespace(Given.Namespace, LookupFilter.Default), default).ShouldNotBeNull();
        var made = await ChurnAsync(registry, stream);
        registry.State.Current.Services.Count.ShouldBe(1);
        hub.Past.Size.Bytes.ShouldBeLessThanOrEqualTo(8L * 1024 * 1024);
        Settle(registry, hub, stream);
        return made;
    }

    /// <summary>
    /// Each name is registered with a lease, looked up, told to a stream, and removed; a renewal and a note come after that. Returns what was made of
    /// each: its id and its name, one of which every table has as a key, its instance and its service.
    /// </summary>
    private static async Task<List<WeakReference>> ChurnAsync(ProjectedRegistry registry, Subscription stream)
    {
        List<WeakReference> made = [];
        for (var number = 0; number < Names; number++)
        {
            var name = $"pod-{number}";
            var record = Given.Record(name, $"service-{number}") with { Ttl = 30 };
            var pod = Given.Pod(name, "10.0.0.2", record);
            registry.Posts.Note(record.Id, registry.Time.GetUtcNow());
            made.AddRange(LookUp(registry.Fold(pod), record.Key.Service));
            Take(stream);
            registry.Delete(pod);
            registry.Fold();
            Take(stream);
            registry.Posts.Note(record.Id, registry.Time.GetUtcNow());
            await registry.Leases.RenewAsync(record.Id, Ttl, TestContext.Current.CancellationToken);
            registry.Time.Advance(TimeSpan.FromMilliseconds(15));
        }

        return made;
    }

    private static IEnumerable<WeakReference> LookUp(RegistrySnapshot snapshot, string name)
    {
        var service = snapshot.Find(new ServiceKey(Given.Namespace, name));
        service.View(LookupFilter.Default).Body.ETag.ShouldNotBeEmpty();
        var instance = service.Instances.ShouldHaveSingleItem();
        return [new(service), new(instance), new(instance.Id), new(service.Key.Name)];
    }

    /// <summary>Longer than anything is kept; something changes now and then.</summary>
    private static void Settle(ProjectedRegistry registry, SubscriptionHub hub, Subscription stream)
    {
        for (var minute = 0; minute < 30; minute++)
        {
            registry.Time.Advance(TimeSpan.FromMinutes(1));
            registry.Fold(Given.Pod("stays", "10.0.0.1", Given.Record("stays") with { Weight = minute }));
            Take(stream);
            hub.Expire();
        }

        registry.Time.Advance(TimeSpan.FromMinutes(3));
        hub.Expire();
    }

    private static void Take(Subscription stream)
    {
        while (stream.TryTake(out _))
        {
        }
    }
}
