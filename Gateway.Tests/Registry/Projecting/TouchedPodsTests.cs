using System.Globalization;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// A change of one pod projects what a large service has of that pod, and the result is that of a registry that projects everything: after every one of
/// many random changes.
/// </summary>
public sealed class TouchedPodsTests(ITestOutputHelper output)
{
    private const int Pods = 100;
    private const int Slices = 5;
    private const int Changes = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void AfterEveryChangeAServiceIsTheSameAsOneThatIsProjectedAsAWhole(int seed)
    {
        var world = new World(new Random(seed));
        using var metrics = new MetricsRecorder();
        using var registry = new ProjectedRegistry(recorder: metrics);
        registry.Sync();
        registry.Fold(world.All);
        for (var change = 0; change < Changes; change++)
        {
            var what = world.Change(registry);
            registry.Fold();
            using var wholeMetrics = new MetricsRecorder();
            using var whole = new ProjectedRegistry(recorder: wholeMetrics);
            whole.Sync();
            whole.Fold(world.All);

            Shown(registry).ShouldBe(Shown(whole), $"seed {seed}, change {change}: {what}");
            registry.Service().HasUnversionedInputs.ShouldBe(whole.Service().HasUnversionedInputs, what);
            metrics.Last("registry.held.back.endpoints").ShouldBe(wholeMetrics.Last("registry.held.back.endpoints"), what);
            registry.State.Current.Instances.All.Select(static one => one.Id).Order(StringComparer.Ordinal).ShouldBe(whole.State.Current.Instances.All.Select(static one => one.Id).Order(StringComparer.Ordinal), what);
        }
    }

    [Fact]
    public async Task ALeaseThatLapsesOrIsRenewedChangesItsOwnPodAlone()
    {
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
        registry.Fold([.. Enumerable.Range(0, Pods).Select(static i => Given.Pod(Name(i), Ip(i), Given.Record(Name(i)) with { Ttl = i == 7 ? 30 : null }))]);
        var before = registry.Instances();
        registry.Service().HasUnversionedInputs.ShouldBeTrue();
        registry.Time.Advance(TimeSpan.FromSeconds(31));
        registry.Fold();
        registry.Instances().Where(static one => one.Status == InstanceStatus.Down).ShouldHaveSingleItem().Pod!.Name.ShouldBe(Name(7));

        await registry.Leases.RenewAsync(Given.Record(Name(7)).Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        registry.Fold();
        registry.Instances().Select(static one => one.Revision).ShouldBe(before.Select(static one => one.Revision));
        registry.Fold(Given.Pod(Name(7), Ip(7), Given.Record(Name(7))));
        registry.Service().HasUnversionedInputs.ShouldBeFalse("no other pod has a lease");
    }

    [Fact]
    public void APostThatSaysNothingNewOfAContainerProjectsNoPod()
    {
        const int Few = 50;
        const int Rounds = 20;
        using var registry = ProjectedRegistry.Synced([.. Enumerable.Range(0, Few).Select(static i => Given.Pod(Name(i), Ip(i), Given.Record(Name(i))))]);
        var shown = registry.State.Current;
        for (var round = 0; round < 3; round++)
            Post();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
            Post();
        var cost = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;

        output.WriteLine($"{cost} bytes a POST");
        cost.ShouldBeLessThan(4 * 1024, "one instance of a pod takes a kilobyte to project, and the service has fifty");
        registry.State.Current.ShouldBeSameAs(shown);

        void Post()
        {
            registry.Posts.Note(Given.Record(Name(7)).Id, registry.Time.GetUtcNow());
            registry.Projector.Fold().ShouldBeFalse();
        }
    }

    [Fact]
    public void AnEndpointThatLosesItsPodIsShownByItsAddressAndThePodsAroundItStayTheSameObjects()
    {
        using var registry = ProjectedRegistry.Synced(new World(new Random(0)).All);
        var before = registry.Instances();
        var (pod, address) = (before[7].Pod!.Name, before[7].Address);
        registry.Fold(Given.Pod(pod, "10.9.9.9"));
        var after = registry.Instances();
        after.Length.ShouldBe(before.Length);
        after.Count(static one => one.Pod is null).ShouldBe(1);
        after.Count(one => before.Any(same => ReferenceEquals(one, same))).ShouldBe(before.Length - 1);
        registry.Fold(Given.Pod(pod, address));
        registry.Instances().Select(static one => one.Revision).ShouldBe(before.Select(static one => one.Revision));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AChangeOfOneOfFiveThousandEndpointsAllocatesLittleMoreThanTheListOfThem(bool inSlice)
    {
        const int Count = 5_000;
        const int Rounds = 50;
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
        registry.Put([.. Enumerable.Range(0, Count).Select(static i => Given.Pod(Name(i), Ip(i)))]);
        registry.Put([.. Enumerable.Range(0, Count / 100).Select(Slice)]);
        registry.Fold();
        registry.Instances().Length.ShouldBe(Count);

        var cost = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            if (inSlice)
                registry.Put(Slice(round) with { Endpoints = Slice(round).Endpoints.SetItem(7, Given.Endpoint(Name((round * 100) + 7), Ip((round * 100) + 7), ready: false)) });
            else
                registry.Put(Given.Pod(Name(round), Ip(round)) with { Ready = false });
            var before = GC.GetAllocatedBytesForCurrentThread();
            registry.Fold();
            cost += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        registry.Instances().Count(static one => one.Status == InstanceStatus.Starting).ShouldBe(Rounds);
        output.WriteLine($"one change: {cost / Rounds} bytes");

        // 40 KB are the references of the next list; the rest is what the change concerns. All of it projected again takes 4.5 MB.
        (cost / Rounds).ShouldBeLessThan(inSlice ? 250_000 : 80_000);

        static EndpointSlice Slice(int number) => Given.Slice(
            "orders", $"slice-{number}", [.. Enumerable.Range(number * 100, 100).Select(static i => Given.Endpoint(Name(i), Ip(i)))]);
    }

    [Fact]
    public void WhatAChangeAllocatesBesideTheListOfItsServiceDoesNotDependOnTheServicesSize()
    {
        // The next list of a service is its instances' references; the rest is the pod that changed and its service.
        const int MostBytes = 24_000;
        var (small, ordinary, large) = (Cost(250), Cost(1_000), Cost(4_000));
        output.WriteLine($"one change beside the list: {small} bytes of 250 endpoints, {ordinary} of 1,000, {large} of 4,000");
        ordinary.ShouldBeLessThan(MostBytes);
        ((double)large / small).ShouldBeLessThan(1.3);

        static long Cost(int endpoints)
        {
            const int Rounds = 100;
            using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
            registry.Put([.. Enumerable.Range(0, endpoints).Select(static i => Given.Pod(Name(i), Ip(i)))]);
            registry.Put([.. Enumerable.Range(0, (endpoints + 99) / 100).Select(number => Given.Slice(
                "orders", $"slice-{number}", [.. Enumerable.Range(number * 100, Math.Min(100, endpoints - (number * 100))).Select(static i => Given.Endpoint(Name(i), Ip(i)))]))]);
            registry.Fold();
            registry.Instances().Length.ShouldBe(endpoints);
            return Enumerable.Range(0, 3).Min(_ => Round(registry, false) + Round(registry, true)) / (2 * Rounds) - (endpoints * IntPtr.Size);

            static long Round(ProjectedRegistry registry, bool isReady)
            {
                var cost = 0L;
                for (var round = 0; round < Rounds; round++)
                {
                    registry.Put(Given.Pod(Name(round), Ip(round)) with { Ready = isReady });
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    registry.Fold();
                    cost += GC.GetAllocatedBytesForCurrentThread() - before;
                }

                return cost;
            }
        }
    }

    [Fact]
    public void AChangeAmongTenThousandServicesAllocatesWhatItAllocatesAmongAThousand()
    {
        var (few, many) = (Cost(1_000), Cost(10_000));
        output.WriteLine($"one change: {few} bytes among 1,000 services, {many} among 10,000");
        ((double)many / few).ShouldBeLessThan(1.3);

        static long Cost(int services)
        {
            const int Rounds = 500;
            using var registry = new ProjectedRegistry();
            registry.Sync();
            registry.Put([.. Enumerable.Range(0, services).Select(i => Pod(i))]);
            registry.Fold();
            registry.State.Current.Services.Count.ShouldBe(services);
            var cost = 0L;
            for (var round = 0; round < Rounds; round++)
            {
                registry.Put(Pod(round) with { Ready = false });
                var before = GC.GetAllocatedBytesForCurrentThread();
                registry.Fold();
                cost += GC.GetAllocatedBytesForCurrentThread() - before;
            }

            return cost / Rounds;
        }

        static Pod Pod(int i) => Given.Pod(Name(i), Ip(i), Given.Record(Name(i), $"service-{i}"));
    }

    private static IEnumerable<string> Shown(ProjectedRegistry registry) =>
        registry.Instances().Select(static one => $"{one.Id} {one.Revision} {one.Pod?.Name} {one.Status} {one.Reason} {one.Source} {one.Weight} {one.Zone} {one.Node} {one.StillServes} {one.Address}");

    private static string Name(int pod) => "pod-" + pod.ToString("d3", CultureInfo.InvariantCulture);

    private static string Ip(int i) => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}";

    /// <summary>The Service "orders", its pods and slices, as they are now; changed at random.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly Dictionary<string, IKubernetesObject> _objects = [];

        public World(Random random)
        {
            _random = random;
            Set(Given.Service("orders"));
            for (var i = 0; i < Pods; i++)
                Set(Given.Pod(Name(i), Ip(i)));
            for (var s = 0; s < Slices; s++)
                Set(SliceOf(s));
        }

        public IKubernetesObject[] All => [.. _objects.Values];

        public string Change(ProjectedRegistry registry)
        {
            var i = _random.Next(Pods + 5);
            var pod = _objects.GetValueOrDefault("Pod " + Name(i)) as Pod ?? Given.Pod(Name(i), Ip(i));
            var what = _random.Next(14);
            switch (what)
            {
                case 0 or 1: Put(pod with { Ready = !pod.Ready }); break;
                case 2: Put(pod.Terminating()); break;
                case 3: Delete(pod); break;
                case 4: Put(Given.Pod(Name(i), Ip(i))); break;
                case 5: Put(pod.With(Given.Record(Name(i)) with { Weight = _random.Next(1, 9) })); break;
                case 6: Put(pod.With(Given.Record(Name(i), port: 9_000 + _random.Next(3)))); break;
                case 7: Put(pod.With(Given.Record(Name(i), port: 7_000) with { Ttl = 30 })); break;
                case 8: Put(pod with { PodIPs = _random.Next(2) == 0 ? [] : [$"10.8.0.{i}"] }); break;
                case 9 or 10: Put(SliceOf(_random.Next(Slices))); break;
                case 11: Put(SliceOf(_random.Next(Slices)) is var slice && _random.Next(3) == 0 ? slice with { Endpoints = slice.Endpoints.Add(Given.Bare($"10.7.0.{i}")) } : SliceOf(0)); break;
                case 12: Put(Given.Service("orders", selects: _random.Next(3) > 0)); break;
                default: Put(pod.With(Given.Record(Name(i), "other"))); break;
            }

            return $"{what} of {Name(i)}";

            void Put(IKubernetesObject one)
            {
                Set(one);
                registry.Put(one);
            }

            void Delete(Pod one)
            {
                if (_objects.Remove("Pod " + one.Metadata.Name))
                    registry.Delete(one);
            }
        }

        private void Set(IKubernetesObject one) => _objects[$"{one.GetType().Name} {one.Metadata.Name}"] = one;

        private EndpointSlice SliceOf(int number)
        {
            var first = number * Pods / Slices;
            return Given.Slice("orders", $"slice-{number}", [.. Enumerable.Range(first, Pods / Slices).Where(_ => _random.Next(40) > 0)
                .Select(i => Given.Endpoint(Name(i), Ip(i), ready: _random.Next(10) > 0))]);
        }
    }
}
