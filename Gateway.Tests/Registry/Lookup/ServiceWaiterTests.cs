using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Lookup;

/// <summary>Waits: for a revision, for a pod, for a change of a service.</summary>
public sealed class ServiceWaiterTests
{
    private static readonly ServiceKey Orders = new("shop", "orders");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AChangeAfterTheRevisionAnswersAtOnce()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var known = registry.Service().Revision;
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        var answer = new ServiceWaiter(registry.State).WaitForChangeAsync(Orders, known, TimeSpan.FromMinutes(5), Cancellation);
        answer.IsCompleted.ShouldBeTrue();
        (await answer).ShouldBeSameAs(registry.State.Current);
    }

    [Fact]
    public async Task AWaitEndsWithTheChangeAndNotWithThatOfAnotherService()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var answer = Wait(registry, Parsed(registry.Service().Revision));
        registry.Fold(Given.Pod("b", "10.1.0.2", Given.Record("b", "other")));
        answer.IsCompleted.ShouldBeFalse();
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances[0].Weight.ShouldBe(1);
    }

    [Fact]
    public async Task TheHeadersRevisionServesAsWellAsTheBodys()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        registry.Fold(Given.Pod("b", "10.1.0.2", Given.Record("b", "other")));
        var answer = Wait(registry, Parsed(registry.State.Current.Revision));
        answer.IsCompleted.ShouldBeFalse();
        registry.Fold(Given.Pod("a", "10.1.0.1").Terminating());
        await answer.WaitAsync(Patience.Limit, Cancellation);
    }

    [Fact]
    public async Task AVanishedServiceAnswersAndIsThenWaitedForAnew()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var registry = ProjectedRegistry.Synced(pod);
        var known = registry.Service().Revision;
        var answer = Wait(registry, known);
        registry.Delete(pod);
        registry.Fold();
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances.ShouldBeEmpty();

        Wait(registry, known).IsCompleted.ShouldBeTrue("it vanished after that revision");
        var next = Wait(registry, registry.Service().Revision);
        next.IsCompleted.ShouldBeFalse();
        registry.Fold(pod);
        (await next.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AnUnknownServiceIsWaitedForUntilItAppears()
    {
        using var registry = ProjectedRegistry.Synced();
        registry.Service().Instances.ShouldBeEmpty();
        var answer = Wait(registry, Parsed(registry.Service().Revision));
        answer.IsCompleted.ShouldBeFalse();
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances.ShouldHaveSingleItem();
    }

    [Fact]
    public void AVanishingThatWasForgottenIsAnsweredAtOnce()
    {
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
        var known = registry.Service().Revision;
        registry.Delete(Given.Service("orders"));
        registry.Fold();
        for (var i = 0; i <= SnapshotBuilder.MaxTombstones; i++)
            registry.Put(Given.Service($"s-{i}"));
        registry.Fold();
        for (var i = 0; i <= SnapshotBuilder.MaxTombstones; i++)
            registry.Delete(Given.Service($"s-{i}"));
        registry.Fold();
        registry.State.Current.Tombstones.ContainsKey(Orders).ShouldBeFalse();
        registry.State.Current.Tombstones.Count.ShouldBeInRange(SnapshotBuilder.MaxTombstones * 8 / 10, SnapshotBuilder.MaxTombstones);
        Wait(registry, known).IsCompleted.ShouldBeTrue();
        Wait(registry, registry.Service().Revision).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task TheEndOfTheWaitAnswersWithWhatIsCurrent()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var answer = Wait(registry, registry.Service().Revision);
        registry.Time.Advance(TimeSpan.FromMinutes(5));
        (await answer.WaitAsync(Patience.Limit, Cancellation)).ShouldBeSameAs(registry.State.Current);
    }

    [Fact]
    public async Task AnotherReplicasRevisionWaitsWhereItCoversWhatThisOneSaw()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var pair = new Pair(ProjectedRegistry.Synced(pod), ProjectedRegistry.Synced(pod));
        var (here, there) = pair;
        var answer = Wait(here, Parsed(there.Service().Revision));
        answer.IsCompleted.ShouldBeFalse("both saw the same");

        there.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        var ahead = Wait(here, Parsed(there.Service().Revision));
        ahead.IsCompleted.ShouldBeFalse("the other is ahead: its caller knows more than this replica");
        here.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        ahead.IsCompleted.ShouldBeFalse("this is what the caller knows already");
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances[0].Weight.ShouldBe(1);

        here.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 2 }));
        (await ahead.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances[0].Weight.ShouldBe(2);
    }

    [Fact]
    public void AnotherReplicasRevisionCannotTellOfLeases()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a") with { Ttl = 30 });
        using var pair = new Pair(ProjectedRegistry.Synced(pod), ProjectedRegistry.Synced(pod));
        var (here, there) = pair;
        Wait(here, Parsed(there.Service().Revision)).IsCompleted.ShouldBeTrue();
        Wait(here, Parsed(here.Service().Revision)).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task ALapsedLeaseEndsAWaitOfTheSameReplica()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Ttl = 30 }));
        var answer = Wait(registry, Parsed(registry.Service().Revision));
        registry.Time.Advance(TimeSpan.FromSeconds(31));
        registry.Fold();
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances[0].Status.ShouldBe(InstanceStatus.Down);
    }

    [Fact]
    public async Task ARevisionIsReachedWhenEveryPartIs()
    {
        using var registry = ProjectedRegistry.Synced();
        var podOnly = registry.State.Current.RevisionOfPod("shop", 300);
        var waiting = registry.State.WaitForRevisionAsync(podOnly, TimeSpan.FromSeconds(10), Cancellation);
        registry.Slices.Advance(400);
        registry.Fold();
        waiting.IsCompleted.ShouldBeFalse();
        registry.Pods.Advance(300);
        registry.Fold();
        (await waiting.WaitAsync(Patience.Limit, Cancellation)).ShouldNotBeNull();
        podOnly.Replica.ShouldBe(0u);

        var never = registry.State.WaitForRevisionAsync(registry.State.Current.RevisionOfPod("shop", 301), TimeSpan.FromSeconds(10), Cancellation);
        registry.Time.Advance(TimeSpan.FromSeconds(10));
        (await never.WaitAsync(Patience.Limit, Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task APodIsWaitedForUntilItIsFoldedNotUntilTheStoreHasIt()
    {
        using var registry = ProjectedRegistry.Synced();
        var version = registry.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var waiting = WaitForPod(registry, version);
        registry.Pods.Find(new("shop", "a")).ShouldNotBeNull();
        waiting.IsCompleted.ShouldBeFalse();
        registry.Fold();
        (await waiting.WaitAsync(Patience.Limit, Cancellation))!.Find(Orders).Instances.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task APodThatIsGoneOrReplacedSinceEndsTheWait()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var registry = ProjectedRegistry.Synced(pod);
        var version = registry.Put(pod with { Ready = false });
        var waiting = WaitForPod(registry, version);
        registry.Delete(pod);
        registry.Fold();
        (await waiting.WaitAsync(Patience.Limit, Cancellation)).ShouldNotBeNull();

        var next = WaitForPod(registry, version + 2);
        registry.Fold(pod with { Metadata = pod.Metadata with { Uid = "another" } });
        (await next.WaitAsync(Patience.Limit, Cancellation)).ShouldNotBeNull();
    }

    [Fact]
    public async Task NoChangeIsMissedBetweenReadingAndWaiting()
    {
        using var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var waiter = new ServiceWaiter(registry.State);
        for (var round = 1; round <= 1000; round++)
        {
            var known = registry.Service().Revision;
            using var together = new Barrier(2);
            var waiting = Task.Run(
                async () =>
                {
                    together.SignalAndWait(Cancellation);
                    return await waiter.WaitForChangeAsync(Orders, known, TimeSpan.FromMinutes(5), Cancellation);
                }, Cancellation);
            together.SignalAndWait(Cancellation);
            registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = round }));
            (await waiting.WaitAsync(Patience.Limit, Cancellation)).Find(Orders).Instances[0].Weight.ShouldBe(round);
        }
    }

    [Fact]
    public async Task ACancelledWaitLeavesNothingBehind()
    {
        using var registry = ProjectedRegistry.Synced();
        using var leaving = new CancellationTokenSource();
        var waiting = new ServiceWaiter(registry.State).WaitForChangeAsync(Orders, registry.Service().Revision, TimeSpan.FromMinutes(1), leaving.Token);
        registry.State.Waiting.ShouldBe(1);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience.Limit, Cancellation));
        registry.State.Waiting.ShouldBe(0);
    }

    private static Task<RegistrySnapshot> Wait(ProjectedRegistry registry, Revision known) =>
        new ServiceWaiter(registry.State).WaitForChangeAsync(Orders, known, TimeSpan.FromMinutes(5), Cancellation);

    private static Task<RegistrySnapshot?> WaitForPod(ProjectedRegistry registry, ulong version) =>
        registry.State.WaitForPodAsync("shop", "a", Given.UidOf("a"), version, TimeSpan.FromSeconds(5), Cancellation);

    /// <summary>As it comes back from a caller.</summary>
    private static Revision Parsed(Revision revision)
    {
        Revision.TryParse(revision.ToString(), out var read).ShouldBeTrue();
        return read;
    }

    private sealed record Pair(ProjectedRegistry Here, ProjectedRegistry There) : IDisposable
    {
        public void Dispose()
        {
            Here.Dispose();
            There.Dispose();
        }
    }
}
