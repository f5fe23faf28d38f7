using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Lookup;

public sealed class InstancePickerTests
{
    private const int Picks = 30_000;

    [Fact]
    public void RandomIsEven() => Counts(PickPolicy.Random, Service(100, 100, 100)).Values.ShouldAllBe(static count => Math.Abs(count - 10_000) < 600);

    [Fact]
    public void RoundRobinTakesTurnsAlsoWhenTheServiceChanges()
    {
        var picker = new InstancePicker();
        var (three, four) = (Service(1, 1, 1), Service(1, 1, 1, 1));
        Enumerable.Range(0, 6).Select(_ => Pick(picker, three)).ShouldBe(["id-0", "id-1", "id-2", "id-0", "id-1", "id-2"]);
        Pick(picker, four).ShouldBe("id-2");
        picker.Pick(three, LookupFilter.Any, PickPolicy.RoundRobin)!.Id.ShouldBe("id-0", "another filter has turns of its own");

        static string? Pick(InstancePicker picker, ServiceSnapshot service) => picker.Pick(service, LookupFilter.Default, PickPolicy.RoundRobin)?.Id;
    }

    [Fact]
    public void AFloodOfFiltersNeitherGrowsTheTurnsNorResetsThoseInUse()
    {
        var (turns, service) = (new PickTurns(), new ServiceKey("shop", "orders"));
        for (var i = 0u; i < 50_000; i++)
        {
            turns.Next(service, new LookupFilter { Zone = $"zone-{i}" });
            if (i % 1_000 == 0)
                turns.Next(service, LookupFilter.Default).ShouldBe(i / 1_000);
        }

        turns.Count.ShouldBeInRange(5_000, PickTurns.Most);
    }

    [Fact]
    public void TheViewsThatAreReadStayCachedWhateverFiltersComeBetween()
    {
        var service = Service(1, 1, 1);
        var wanted = new LookupFilter { Zone = "wanted" };
        for (var i = 0; i < 2 * ServiceSnapshot.MaxCachedViews; i++)
            service.View(new LookupFilter { Zone = $"first-{i}" });
        var view = service.View(wanted);
        for (var i = 0; i < 100; i++)
        {
            service.View(new LookupFilter { Zone = $"zone-{i}" });
            service.View(wanted).ShouldBeSameAs(view);
        }

        for (var i = 0; i < ServiceSnapshot.MaxCachedViews; i++)
            service.View(new LookupFilter { Zone = $"last-{i}" });
        service.View(wanted).ShouldNotBeSameAs(view, "it was read longest ago");
    }

    [Fact]
    public void WeightedIsInProportionAndZeroNever()
    {
        var counts = Counts(PickPolicy.Weighted, Service(100, 300, 0, 600));
        counts.ContainsKey("id-2").ShouldBeFalse();
        Math.Abs(counts["id-0"] - 3_000).ShouldBeLessThan(400);
        Math.Abs(counts["id-1"] - 9_000).ShouldBeLessThan(600);
        new InstancePicker().Pick(Service(0, 0), LookupFilter.Default, PickPolicy.Weighted).ShouldBeNull();
    }

    [Fact]
    public void ConsistentHashIsEvenAndMovesOnlyTheKeysOfWhoLeaves()
    {
        var (all, less) = (Service(Enumerable.Repeat(100, 10).ToArray()), Service(Enumerable.Repeat(100, 9).ToArray()));
        var (one, other) = (new InstancePicker(), new InstancePicker());
        var counts = new Dictionary<string, int>();
        for (var key = 0; key < Picks; key++)
        {
            var picked = one.Pick(all, LookupFilter.Default, PickPolicy.ConsistentHash, $"user-{key}")!.Id;
            other.Pick(all, LookupFilter.Default, PickPolicy.ConsistentHash, $"user-{key}")!.Id.ShouldBe(picked);
            if (picked != "id-9")
                one.Pick(less, LookupFilter.Default, PickPolicy.ConsistentHash, $"user-{key}")!.Id.ShouldBe(picked);
            counts[picked] = counts.GetValueOrDefault(picked) + 1;
        }

        counts.Count.ShouldBe(10);
        counts.Values.ShouldAllBe(static count => Math.Abs(count - 3_000) < 300);
    }

    [Fact]
    public void ThereIsNothingToPickOfNothing() =>
        Enum.GetValues<PickPolicy>().ShouldAllBe(static policy => new InstancePicker().Pick(Service(), LookupFilter.Default, policy, "k") == null);

    private static Dictionary<string, int> Counts(PickPolicy policy, ServiceSnapshot service)
    {
        var picker = new InstancePicker();
        return Enumerable.Range(0, Picks).Select(_ => picker.Pick(service, LookupFilter.Default, policy)!.Id).CountBy(static id => id).ToDictionary();
    }

    private static ServiceSnapshot Service(params int[] weights) => new(
        new ServiceKey("shop", "orders"), Revision.Empty(RevisionLayout.WholeCluster), 1,
        [.. weights.Select(static (weight, number) => new Instance
        {
            Id = $"id-{number}", Key = new RegistrationKey("shop", "orders", "", "", "http", 80 + number), Weight = weight,
        })]);
}
