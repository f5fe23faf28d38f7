using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Supervision;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// A round of the projector that fails, wherever it does, costs nothing: the next one begins from the stores, and ends in the snapshot that there
/// would have been, told to everyone.
/// </summary>
public sealed class ProjectorRepairTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Scenarios => new(ByName.Keys);

    private static Dictionary<string, Action<FaultyRegistry>> ByName { get; } = new()
    {
        ["a first list and changes"] = FollowsChanges,
        ["a saved state and lists that replace it"] = RestoresAndLists,
        ["a history that is replaced"] = FollowsARestoredBackup,
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void WhereverARoundFailsTheSnapshotConverges(string scenario)
    {
        using var whole = new FaultyRegistry(new Faults());
        var (expected, points) = Play(scenario, whole);
        points.ShouldBeGreaterThan(50);
        for (var at = 1; at <= points; at++)
        {
            var faults = new Faults(at);
            using var registry = new FaultyRegistry(faults);
            Difference(expected, Play(scenario, registry).Content).ShouldBeEmpty($"after a fault at point {at}");
            faults.Thrown.ShouldBe(1);
            whole.ToldPods.ShouldBeSubsetOf(registry.ToldPods, $"after a fault at point {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void ARepairThatFailsIsRepairedAndIsShownAsStaleMeanwhile(string scenario)
    {
        using var whole = new FaultyRegistry(new Faults());
        var (expected, points) = Play(scenario, whole);
        for (var at = 1; at <= points; at++)
        {
            // The repair passes more points than the round that failed; somewhere in it, it fails as well.
            var faults = new Faults(at, at + 1 + (at * 7 % points), at + points + (at * 11 % points));
            using var registry = new FaultyRegistry(faults);
            Difference(expected, Play(scenario, registry).Content).ShouldBeEmpty($"after faults from point {at} on");
            registry.LookedFreshWhileBroken.ShouldBeFalse();
        }
    }

    [Fact]
    public void WhoWaitsForAChangeIsAnsweredThoughTheRoundThatMadeItFailed()
    {
        using var counting = new FaultyRegistry(new Faults());
        var (_, points) = Play("a first list and changes", counting);
        for (var at = 1; at <= points; at++)
        {
            using var registry = new FaultyRegistry(new Faults(at));
            FirstList(registry);
            var waits = new[] { "orders", "moved", "gone" }.Select(service =>
                registry.State.WaitForServiceAsync(new("shop", service), registry.State.Current.Revision, Patience.Limit)).ToList();
            Changes(registry);
            waits.ShouldAllBe(static wait => wait.IsCompletedSuccessfully, $"after a fault at point {at}");
        }
    }

    [Theory]
    [InlineData(1u, 7ul, 1u, 6ul, true)]
    [InlineData(1u, 7ul, 0u, 9ul, true)]
    [InlineData(1u, 7ul, 1u, 7ul, false)]
    [InlineData(1u, 7ul, 2u, 3ul, false)]
    public void ARevisionThatWouldFallIsABrokenInvariant(uint formerHistory, ulong formerVersion, uint nextHistory, ulong nextVersion, bool isBroken)
    {
        var check = () => RegistryProjector.Check(Of(formerHistory, formerVersion), Of(nextHistory, nextVersion));
        if (isBroken)
            check.ShouldThrow<BrokenInvariantException>();
        else
            check();

        static RegistrySnapshot Of(uint history, ulong version) => new(RevisionLayout.WholeCluster)
        {
            Revision = Revision.Empty(RevisionLayout.WholeCluster).Raise(new RevisionPart(0, history, version)),
        };
    }

    private static (string Content, int Points) Play(string scenario, FaultyRegistry registry)
    {
        ByName[scenario](registry);
        return (registry.Describe(), registry.Points);
    }

    /// <summary>The lines in which two descriptions differ.</summary>
    private static List<string> Difference(string expected, string found)
    {
        var (one, other) = (expected.Split('\n'), found.Split('\n'));
        return [.. one.Except(other).Select(static line => "- " + line), .. other.Except(one).Select(static line => "+ " + line)];
    }

    private static void FollowsChanges(FaultyRegistry registry)
    {
        FirstList(registry);
        Changes(registry);
    }

    private static void FirstList(FaultyRegistry registry)
    {
        registry.Pods.Replace(
        [
            Given.Pod("kept", "10.1.0.1", Given.Record("kept")).At(1), Given.Pod("leased", "10.1.0.2", Given.Record("leased") with { Ttl = 30 }).At(2),
            Given.Pod("gone", "10.1.0.3", Given.Record("gone", "gone") with { Ttl = 30 }).At(3), Given.Pod("mover", "10.1.0.4", Given.Record("mover")).At(4),
            Given.Pod("broken", "10.1.0.5").Annotated(($"registry-gateway.io/{new string('a', 32)}", "{")).At(5), Given.Pod("silent", "10.1.0.6").At(6),
            Given.Pod("provider", "10.1.0.7", Given.Record("provider", "app", 20880, "dubbo")).At(7),
        ], 10);
        registry.Services.Replace([Given.Service("orders").At(1), Given.Service("greeter").At(2), Given.Service("leaving").At(3)], 10);
        registry.Slices.Replace([Given.Slice("greeter", Given.Endpoint("silent", "10.1.0.6")).At(1), Given.Slice("leaving", Given.Bare("10.9.0.1")).At(2)], 10);
        registry.Nodes.Replace([Given.Node("node-1", "zone-a").At(1)], 10);
        registry.HasSynced = true;
        registry.Settle();
    }

    private static void Changes(FaultyRegistry registry)
    {
        // A pod restarts and has posted again, one changes, one moves, one goes, one comes with a record that cannot be read.
        registry.Posts.Note(Given.Record("kept").Id, Given.Noon.AddMinutes(3));
        var restarted = Given.Pod("kept", "10.1.0.1", Given.Record("kept"));
        registry.Pods.Put((restarted with { ContainerStatuses = [new ContainerStatus("app", 1, Given.Noon.AddMinutes(2))] }).At(11), 11);
        registry.Pods.Put(Given.Pod("mover", "10.1.0.4", Given.Record("mover", "moved") with { Weight = 7 }).At(12), 12);
        registry.Pods.Remove(new("shop", "gone"), 13);
        registry.Pods.Put(Given.Pod("new", "10.1.0.8", Given.Record("new") with { Ttl = 60 }).Annotated(($"registry-gateway.io/{new string('b', 32)}", "[")).At(14), 14);
        registry.Services.Put(Given.Service("price-list").At(11), 11);
        registry.Services.Remove(new("shop", "leaving"), 12);
        registry.Slices.Put(Given.Slice("greeter", Given.Endpoint("silent", "10.1.0.6", ready: false)).At(11), 11);
        registry.Slices.Put(Given.Slice("price-list", Given.Bare("10.9.0.2")).At(12), 12);
        registry.Slices.Remove(new("shop", "leaving-1"), 13);
        registry.Nodes.Put(Given.Node("node-1", "zone-b").At(11), 11);
        registry.Applications.Put(new ApplicationName("shop", "app"), "com.example.Provided");
        registry.Advance(Ttl + TimeSpan.FromSeconds(1));
        registry.Settle();
    }

    private static void RestoresAndLists(FaultyRegistry registry)
    {
        registry.Offer(new SavedRegistry(
            Given.Noon, "", [Given.Pod("kept", "10.1.0.1", Given.Record("kept")).At(1), Given.Pod("gone", "10.1.0.3", Given.Record("gone", "gone")).At(3)],
            [Given.Service("orders").At(1), Given.Service("leaving").At(3)], [Given.Slice("leaving", Given.Bare("10.9.0.1")).At(2)], [], [Given.Node("node-1", "zone-a").At(1)]));
        registry.Settle();

        // Pods are listed first, without one that was saved.
        registry.Pods.Replace([Given.Pod("kept", "10.1.0.1", Given.Record("kept") with { Weight = 3 }).At(8), Given.Pod("mover", "10.1.0.4", Given.Record("mover")).At(9)], 10);
        registry.Settle();
        registry.Services.Replace([Given.Service("orders").At(1)], 10);
        registry.Slices.Replace([], 10);
        registry.Nodes.Replace([], 10);
        registry.HasSynced = true;
        registry.Settle();
    }

    private static void FollowsARestoredBackup(FaultyRegistry registry)
    {
        FirstList(registry);
        registry.Pods.Replace([Given.Pod("kept", "10.1.0.1", Given.Record("kept") with { Weight = 5 }).At(2)], 5, historyReplaced: true);
        registry.Settle();
        registry.Pods.Put(Given.Pod("kept", "10.1.0.1", Given.Record("kept") with { Weight = 6 }).At(6), 6);
        registry.Settle();
    }
}
