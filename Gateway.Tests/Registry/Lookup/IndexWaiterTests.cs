using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Tests.Registry.Lookup;

/// <summary>Long polls by one number, at one replica and between two that have seen the cluster's kinds in different orders.</summary>
public sealed class IndexWaiterTests
{
    private static readonly ServiceKey Orders = new(Given.Namespace, "orders");
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AChangeAnswersAndItsNumberIsAnother()
    {
        using var one = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var known = Read(one);
        var answer = WaitAt(one, known);
        one.Fold(Given.Pod("b", "10.1.0.2", Given.Record("b", "other")));
        answer.IsCompleted.ShouldBeFalse("another service changed");

        one.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        var next = (await answer.WaitAsync(Patience.Limit, Cancellation)).Index.Number;
        next.ShouldBeGreaterThan(known);
        WaitAt(one, next).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void ANumberIsAVersionOfTheClusterBelow2To53AndNever0()
    {
        using var empty = new ProjectedRegistry();
        Read(empty).ShouldBeGreaterThan(0UL);
        using var one = ProjectedRegistry.Synced();
        var version = one.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        one.Fold();
        new ChangeIndex(Read(one)).Version.ShouldBe(version);
        Read(one).ShouldBeLessThan(1UL << 53);
        ChangeIndex.SettledAt(ulong.MaxValue, 0).Number.ShouldBeLessThan(1UL << 53);
        ChangeIndex.SettledAt(0, 0).Number.ShouldBeGreaterThan(0UL);
    }

    [Fact]
    public async Task AtTheEndOfTheWaitTheNumberStays()
    {
        using var one = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var known = Read(one);
        var answer = WaitAt(one, known);
        one.Pods.Advance(900);
        one.Services.Advance(900);
        one.Slices.Advance(900);
        one.Nodes.Advance(900);
        one.Fold();
        one.Time.Advance(Wait);
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Index.Number.ShouldBe(known);
    }

    [Fact]
    public async Task AnEventOfAnotherKindThatComesLateIsAChangeWithANumberOfItsOwn()
    {
        using var one = ProjectedRegistry.Synced();
        one.Pods.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")), 200);
        one.Fold();
        var known = Read(one);
        var answer = WaitAt(one, known);
        one.Services.Put(Given.Service("orders"), 150);
        one.Fold();
        var next = (await answer.WaitAsync(Patience.Limit, Cancellation)).Index;
        next.Version.ShouldBe(200UL);
        next.Number.ShouldBeGreaterThan(known);
    }

    [Fact]
    public async Task AServiceThatVanishedAnswersOnceAndItsReturnAgain()
    {
        var pod = Given.Pod("a", "10.1.0.1", Given.Record("a"));
        using var one = ProjectedRegistry.Synced(pod);
        var known = Read(one);
        var answer = WaitAt(one, known);
        one.Delete(pod);
        one.Fold();
        var gone = await answer.WaitAsync(Patience.Limit, Cancellation);
        gone.Snapshot.Find(Orders).IsEmpty.ShouldBeTrue();

        WaitAt(one, known).IsCompleted.ShouldBeTrue("it vanished after that");
        var next = WaitAt(one, gone.Index.Number);
        next.IsCompleted.ShouldBeFalse();
        one.Fold(pod);
        (await next.WaitAsync(Patience.Limit, Cancellation)).Index.Number.ShouldBeGreaterThan(gone.Index.Number);
    }

    [Theory]
    [InlineData((1UL << 53) - 1)]
    [InlineData(1UL << 53)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0UL)]
    public void ANumberThatTheClusterCannotHaveNamedIsAnsweredAtOnce(ulong known)
    {
        using var one = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        WaitAt(one, known).IsCompletedSuccessfully.ShouldBeTrue();
        WaitAt(one, Read(one)).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task AReplicaBehindWaitsShortlyAndNeverShowsAnOlderState()
    {
        using var ahead = ProjectedRegistry.Synced();
        using var behind = ProjectedRegistry.Synced();
        Settle(ahead, 110);
        Settle(behind, 110);
        ahead.Pods.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")), 120);
        Settle(ahead, 120);
        var known = Read(ahead);

        var answer = WaitAt(behind, known);
        answer.IsCompleted.ShouldBeFalse();
        behind.Pods.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")), 120);
        Settle(behind, 120);
        answer.IsCompleted.ShouldBeFalse("that is what the client has");
        behind.Time.Advance(IndexWaiter.Shortly * 2);
        answer.IsCompleted.ShouldBeFalse();
        behind.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        (await answer.WaitAsync(Patience.Limit, Cancellation)).Snapshot.Find(Orders).Instances[0].Weight.ShouldBe(1);
    }

    [Fact]
    public async Task AReplicaThatStaysBehindAnswersAfterAMomentAndTheClientGoesOnFromThere()
    {
        using var behind = ProjectedRegistry.Synced();
        Settle(behind, 110);
        var answer = WaitAt(behind, ChangeIndex.SettledAt(500, 0).Number);
        answer.IsCompleted.ShouldBeFalse();
        behind.Time.Advance(IndexWaiter.Shortly);
        var own = (await answer.WaitAsync(Patience.Limit, Cancellation)).Index.Number;
        own.ShouldBeLessThan(ChangeIndex.SettledAt(500, 0).Number);
        WaitAt(behind, own).IsCompleted.ShouldBeFalse();
    }

    /// <summary>One replica folded the pod's change before the Service's, the other did not: the newest version alone would hide the pod's.</summary>
    [Fact]
    public async Task AChangeThatTheOtherReplicaHadNotFoldedIsNotMissed()
    {
        using var one = ProjectedRegistry.Synced();
        using var other = ProjectedRegistry.Synced();
        Settle(one, 110);
        Settle(other, 110);
        one.Services.Put(Given.Service("orders"), 200);
        one.Fold();
        var known = Read(one);
        new ChangeIndex(known).Version.ShouldBe(200UL);

        other.Pods.Put(Given.Pod("a", "10.1.0.1", Given.Record("a")), 150);
        other.Services.Put(Given.Service("orders"), 200);
        Settle(other, 200);
        var answer = await WaitAt(other, known).WaitAsync(Patience.Limit, Cancellation);
        answer.Snapshot.Find(Orders).Instances.ShouldHaveSingleItem();
        WaitAt(other, answer.Index.Number).IsCompleted.ShouldBeFalse("no spin");
    }

    [Fact]
    public async Task ARestartedReplicaAnswersOnceAtMost()
    {
        ulong known;
        using (var former = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a"))))
            known = Read(former);
        using var restarted = ProjectedRegistry.Synced(Given.Pod("b", "10.1.0.2", Given.Record("b")), Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var answer = WaitAt(restarted, known);
        answer.IsCompleted.ShouldBeTrue();
        WaitAt(restarted, (await answer).Index.Number).IsCompleted.ShouldBeFalse();
    }

    /// <summary>Random orders of folding: every wait at either replica ends with the newest state known, and no round answers more than a few times.</summary>
    [Fact]
    public async Task ClientsThatAlternateBetweenReplicasMissNothingAndDoNotSpin()
    {
        var random = new Random(20261128);
        for (var round = 0; round < 40; round++)
        {
            using var one = ProjectedRegistry.Synced();
            using var other = ProjectedRegistry.Synced();
            ProjectedRegistry[] replicas = [one, other];
            var version = 110UL;
            List<Action<ProjectedRegistry>>[] pending = [[], []];
            for (var change = 0; change < 6; change++)
            {
                var at = ++version;
                var weight = change + 1;
                foreach (var queue in pending)
                {
                    // Each kind's events stay in order: pods change, the Service comes and goes.
                    queue.Add(change % 3 == 2
                        ? registry => registry.Services.Put(Given.Service("orders") with { Metadata = Given.Service("orders").Metadata with { Version = at } }, at)
                        : registry => registry.Pods.Put(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = weight }), at));
                }
            }

            var (known, seen, turn) = (0UL, 0, 0);
            while (pending.Any(static queue => queue.Count > 0))
            {
                var which = random.Next(2);
                if (pending[which].Count > 0)
                {
                    pending[which][0](replicas[which]);
                    pending[which].RemoveAt(0);
                    replicas[which].Fold();
                }

                var answer = WaitAt(replicas[turn = random.Next(2)], known);
                replicas[turn].Time.Advance(IndexWaiter.Shortly);
                if (answer.IsCompleted)
                    (known, seen) = ((await answer).Index.Number, WeightAt((await answer).Snapshot));
            }

            // All is folded everywhere: within a few answers the client holds the truth, and then it waits.
            Settle(one, version);
            Settle(other, version);
            var answers = 0;
            for (var call = 0; call < 8; call++)
            {
                var answer = WaitAt(replicas[call % 2], known);
                if (!answer.IsCompleted)
                    continue;
                answers++;
                (known, seen) = ((await answer).Index.Number, WeightAt((await answer).Snapshot));
            }

            seen.ShouldBe(5, $"round {round}");
            answers.ShouldBeLessThanOrEqualTo(3, $"round {round}");
        }
    }

    [Fact]
    public async Task AListChangesWithItsBytesAndNotWithEveryInstance()
    {
        using var one = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        using var changes = new NamespaceChanges(one.State);
        var lists = Names(one, changes);
        var waiter = new IndexWaiter(one.State, one.Time);
        var known = waiter.Read(lists.In(Given.Namespace)).Index.Number;
        var names = waiter.WaitAsync(lists.In(Given.Namespace), known, Wait, Cancellation);
        var any = waiter.WaitAsync(new AnyServiceChanges(one.State, changes, one.Time, Given.Namespace), waiter.Read(new AnyServiceChanges(one.State, changes, one.Time, Given.Namespace)).Index.Number, Wait, Cancellation);

        one.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        await any.WaitAsync(Patience.Limit, Cancellation);
        names.IsCompleted.ShouldBeFalse();
        one.Fold(Given.Pod("b", "10.1.0.2", Given.Record("b", "other")));
        (await names.WaitAsync(Patience.Limit, Cancellation)).Index.Number.ShouldBeGreaterThan(known);
        System.Text.Encoding.UTF8.GetString(lists.BytesOf(Given.Namespace)).ShouldBe("orders other ");
    }

    [Fact]
    public async Task AListSeesALeaseThatLapsedBetweenTwoCallsThoughNoVersionRose()
    {
        using var one = ProjectedRegistry.Synced();
        using var changes = new NamespaceChanges(one.State);
        var version = one.Put(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Ttl = 30 }));
        Settle(one, version);
        var (waiter, any) = (new IndexWaiter(one.State, one.Time), new AnyServiceChanges(one.State, changes, one.Time, Given.Namespace));
        var known = waiter.Read(any).Index.Number;
        one.Time.Advance(TimeSpan.FromSeconds(31));
        one.Fold();
        one.Only().Status.ShouldBe(InstanceStatus.Down);

        var answer = waiter.WaitAsync(any, known, Wait, Cancellation);
        one.Time.Advance(IndexWaiter.Shortly);
        var seen = (await answer.WaitAsync(Patience.Limit, Cancellation)).Index.Number;

        var again = waiter.WaitAsync(any, seen, Wait, Cancellation);
        one.Time.Advance(IndexWaiter.Shortly);
        again.IsCompleted.ShouldBeFalse("it has seen that");
        one.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Weight = 1 }));
        await again.WaitAsync(Patience.Limit, Cancellation);
    }

    [Fact]
    public async Task NamespacesThatCallersMakeUpTakeNoMemory()
    {
        using var one = ProjectedRegistry.Synced();
        using var changes = new NamespaceChanges(one.State);
        one.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        var lists = Names(one, changes);
        lists.BytesOf(Given.Namespace).ShouldNotBeEmpty();
        var waiter = new IndexWaiter(one.State, one.Time);
        List<Task<IndexedState>> waiting = [];
        for (var i = 0; i < 100; i++)
        {
            var (list, any) = (lists.In($"made-up-{i}"), new AnyServiceChanges(one.State, changes, one.Time, $"made-up-{i}"));
            waiting.Add(waiter.WaitAsync(list, waiter.Read(list).Index.Number, Wait, Cancellation));
            waiting.Add(waiter.WaitAsync(any, waiter.Read(any).Index.Number, Wait, Cancellation));
        }

        (lists.Count, changes.Waits).ShouldBe((1, 0));
        one.Time.Advance(Wait);
        await Task.WhenAll(waiting).WaitAsync(Patience.Limit, Cancellation);
        (lists.Count, changes.Waits).ShouldBe((1, 0));
    }

    [Fact]
    public async Task TheFirstServiceOfANamespaceAnswersThoseThatWaitForIt()
    {
        using var one = ProjectedRegistry.Synced();
        using var changes = new NamespaceChanges(one.State);
        var (waiter, lists) = (new IndexWaiter(one.State, one.Time), Names(one, changes));
        var any = new AnyServiceChanges(one.State, changes, one.Time, Given.Namespace);
        var other = new AnyServiceChanges(one.State, changes, one.Time, "other");
        var names = waiter.WaitAsync(lists.In(Given.Namespace), waiter.Read(lists.In(Given.Namespace)).Index.Number, Wait, Cancellation);
        var all = waiter.WaitAsync(any, waiter.Read(any).Index.Number, Wait, Cancellation);
        var elsewhere = waiter.WaitAsync(other, waiter.Read(other).Index.Number, Wait, Cancellation);

        one.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));

        await Task.WhenAll(names, all).WaitAsync(Patience.Limit, Cancellation);
        elsewhere.IsCompleted.ShouldBeFalse();
    }

    private static ListChanges Names(ProjectedRegistry one, NamespaceChanges changes) => new(one.State, changes, one.Time, [], static (snapshot, ns) =>
        [.. snapshot.Services.Keys.Where(key => key.Namespace == ns).Order().SelectMany(static key => System.Text.Encoding.UTF8.GetBytes(key.Name + " "))]);

    private static int WeightAt(RegistrySnapshot snapshot) => snapshot.Find(Orders).Instances is [var only] ? only.Weight : 0;

    private static void Settle(ProjectedRegistry registry, ulong version)
    {
        registry.Pods.Advance(version);
        registry.Services.Advance(version);
        registry.Slices.Advance(version);
        registry.Nodes.Advance(version);
        registry.Fold();
    }

    private static ulong Read(ProjectedRegistry registry) => new IndexWaiter(registry.State, registry.Time).Read(new ServiceChanges(registry.State, Orders)).Index.Number;

    private static Task<IndexedState> WaitAt(ProjectedRegistry registry, ulong known) =>
        new IndexWaiter(registry.State, registry.Time).WaitAsync(new ServiceChanges(registry.State, Orders), known, Wait, Cancellation);
}
