using Gateway.Core.Consumers;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Identity;
using static Gateway.Tests.Consumers.ConsumerWorld;

namespace Gateway.Tests.Consumers;

/// <summary>What becomes of noted lookups and streams: who it was, how often, until when, and how much of it is kept.</summary>
public sealed class ConsumerDirectoryTests
{
    [Fact]
    public async Task LookupsOfAPodAreCountedByServiceAndProtocol()
    {
        using var world = new ConsumerWorld();
        world.Identity.Run("carts-7d4b9c6f58-x2x9k", "10.1.0.1", change: Labelled);
        for (var i = 0; i < 3; i++)
            world.LookUp("10.1.0.1");
        world.LookUp("::ffff:10.1.0.1");
        world.LookUp("10.1.0.1", facade: "dubbo");
        world.LookUp("10.1.0.1", "other");

        var found = await world.OfAsync();
        found.Select(static one => (one.Key.Facade, one.Key.Namespace, one.Key.Pod, one.Workload, one.Address, one.IsProved, one.Lookups, one.Streams)).ShouldBe(
            [(null, "shop", "carts-7d4b9c6f58-x2x9k", "carts", "10.1.0.1", false, 4L, 0), ("dubbo", "shop", "carts-7d4b9c6f58-x2x9k", "carts", "10.1.0.1", false, 1L, 0)]);
        world.LookUp("10.1.0.1");
        (await world.OfAsync())[0].Lookups.ShouldBe(5);
        (await world.Directory.OfPodAsync("shop", "carts-7d4b9c6f58-x2x9k", TestContext.Current.CancellationToken))
            .Select(static one => (one.Key.Service.Name, one.Key.Facade)).Order().ShouldBe([("orders", null), ("orders", "dubbo"), ("other", null)]);
    }

    [Fact]
    public async Task AnAddressThatIsNoPodsOrSeveralPodsIsShownAsIt()
    {
        using var world = new ConsumerWorld();
        world.Identity.Run("one", "10.1.0.1");
        world.Identity.Run("two", "10.1.0.1");
        world.Identity.Run("host", "10.1.0.2", change: static pod => pod with { HostNetwork = true });
        foreach (var address in new[] { "10.1.0.1", "10.1.0.2", "10.9.9.9", "127.0.0.1" })
            world.LookUp(address);

        (await world.OfAsync()).Select(static one => (one.Key.HasPod, one.Workload, one.Key.Address, one.Address, one.IsProved)).ShouldBe(
            [(false, null, "10.1.0.1", "10.1.0.1", false), (false, null, "10.1.0.2", "10.1.0.2", false), (false, null, "10.9.9.9", "10.9.9.9", false), (false, null, "127.0.0.1", "127.0.0.1", false)]);
    }

    [Fact]
    public async Task ATokenProvesItsPodWhateverTheAddress()
    {
        using var world = new ConsumerWorld();
        var pod = world.Identity.Run("carts-7d4b9c6f58-x2x9k", "10.1.0.1", change: Labelled);
        world.LookUp("10.9.9.9", token: world.Identity.TokenOf(pod));
        world.LookUp("10.1.0.1");

        var one = (await world.OfAsync()).ShouldHaveSingleItem();
        (one.Key.Pod, one.Workload, one.IsProved, one.Lookups).ShouldBe(("carts-7d4b9c6f58-x2x9k", "carts", true, 2L));
        await world.OfAsync();
        world.Identity.Server.TokenReviews.ShouldBe(1, "it is judged once");
    }

    [Fact]
    public async Task WhatIsNoTokenOfThisAudienceIsNeitherReviewedNorCountedAsAFailure()
    {
        using var world = new ConsumerWorld();
        var pod = world.Identity.Run("carts-1", "10.1.0.1");
        foreach (var token in new[] { world.Identity.TokenOf(pod, audience: "another"), "opaque", "a.b.c", IdentityWorld.OpaqueToken("{") })
            world.LookUp("10.1.0.1", token: token);

        var one = (await world.OfAsync()).ShouldHaveSingleItem();
        (one.Key.Pod, one.IsProved, one.Lookups).ShouldBe(("carts-1", false, 4L));
        world.Identity.Server.TokenReviews.ShouldBe(0);
    }

    [Fact]
    public async Task AnAddressProvesItsPodWhereThatIsSwitchedOnAndALiveReadConfirmsIt()
    {
        using var world = new ConsumerWorld(identity: static options => options.SourceAddress = true);
        world.Identity.Run("carts-1", "10.1.0.1");
        world.Identity.View.See(IdentityWorld.NewPod("gone-1", "10.1.0.2"));
        world.LookUp("10.1.0.1");
        world.LookUp("10.1.0.2");

        (await world.OfAsync()).Select(static one => (one.Key.Pod, one.IsProved)).ShouldBe([("carts-1", true), ("gone-1", false)]);
        var gets = world.Identity.Server.Gets;
        world.LookUp("10.1.0.1");
        await world.OfAsync();
        await world.OfAsync();
        world.Identity.Server.Gets.ShouldBeLessThanOrEqualTo(gets + 1, "the one that was not there is looked at once more");
    }

    [Fact]
    public async Task AnAddressThatBecomesAnotherPodsCountsForThatOneFromThenOn()
    {
        using var world = new ConsumerWorld(identity: static options => options.SourceAddress = true);
        world.Identity.Run("carts-1", "10.1.0.1");
        world.LookUp("10.1.0.1");
        await world.OfAsync();
        world.Identity.View.Pods.TryRemove(new ObjectKey("shop", "carts-1"), out _);
        world.LookUp("10.1.0.1");
        (await world.OfAsync()).ShouldHaveSingleItem().Lookups.ShouldBe(2, "the last calls of a pod that has ended");

        world.Identity.Run("bills-1", "10.1.0.1");
        world.LookUp("10.1.0.1");
        await world.OfAsync();
        (await world.OfAsync()).Select(static one => (one.Key.Pod, one.Lookups)).ShouldBe([("bills-1", 1L), ("carts-1", 2L)]);
        world.LookUp("10.1.0.1");
        (await world.OfAsync())[0].IsProved.ShouldBeTrue("it was looked at again");
    }

    [Fact]
    public async Task WhileNoReviewIsAnsweredTheAddressSaysWhoItIsAndLaterTheTokenDoes()
    {
        using var world = new ConsumerWorld();
        var pod = world.Identity.Run("carts-1", "10.1.0.1");
        world.Identity.Server.ReviewTrouble = new KubernetesApiException(403, null, mayHaveBeenApplied: false, message: "no");
        var token = world.Identity.TokenOf(pod);
        world.LookUp("10.1.0.1", token: token);
        (await world.OfAsync()).ShouldHaveSingleItem().IsProved.ShouldBeFalse();

        world.Identity.Server.ReviewTrouble = null;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.LookUp("10.1.0.1", token: token);
        (await world.OfAsync()).ShouldHaveSingleItem().IsProved.ShouldBeTrue();
    }

    [Fact]
    public async Task AStreamIsOpenUntilItIsClosedAndKeepsItsConsumer()
    {
        using var world = new ConsumerWorld();
        world.Identity.Run("carts-1", "10.1.0.1");
        using (world.Subscribe("10.1.0.1", "orders", "other"))
        using (world.Subscribe("10.1.0.1", "orders"))
        {
            (await world.OfAsync()).ShouldHaveSingleItem().Streams.ShouldBe(2);
            (await world.OfAsync("other")).ShouldHaveSingleItem().Streams.ShouldBe(1);
            world.Time.Advance(TimeSpan.FromDays(3));
            var open = (await world.OfAsync()).ShouldHaveSingleItem();
            (open.Streams, open.Lookups).ShouldBe((2, 0L));
            open.LastSeen.UtcDateTime.ShouldBe(world.Time.GetUtcNow().UtcDateTime, "it is there now");
        }

        (await world.OfAsync()).ShouldHaveSingleItem().Streams.ShouldBe(0);
        world.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        (await world.OfAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task AStreamOfANamespaceConsumesEveryServiceOfIt()
    {
        using var world = new ConsumerWorld();
        using var open = world.Notes.Subscribed(world.Caller("10.1.0.1")!, [ConsumerKey.EverythingIn("shop")], null);

        (await world.OfAsync("whatever")).ShouldHaveSingleItem().Key.Service.ToString().ShouldBe("shop/*");
        (await world.Directory.OfServiceAsync(new("billing", "orders"), TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ItIsForgottenADayAfterItsLastLookup()
    {
        using var world = new ConsumerWorld();
        world.LookUp("10.1.0.1");
        world.LookUp("10.1.0.2");
        await world.OfAsync();
        world.Time.Advance(TimeSpan.FromHours(23));
        world.LookUp("10.1.0.2");
        (await world.OfAsync()).Select(static one => one.Lookups).ShouldBe([1L, 2L]);

        world.Time.Advance(TimeSpan.FromHours(2));
        (await world.OfAsync()).ShouldHaveSingleItem().Key.Address.ShouldBe("10.1.0.2");
        world.Time.Advance(TimeSpan.FromHours(23));
        (await world.OfAsync()).ShouldBeEmpty();
        world.Directory.Count.ShouldBe(0);
    }

    [Fact]
    public async Task WhatIsIdleForAMinuteIsCountedOnWhenItComesBack()
    {
        using var world = new ConsumerWorld();
        for (var minute = 0; minute < 5; minute++)
        {
            world.LookUp("10.1.0.1");
            await world.OfAsync();
            world.Time.Advance(TimeSpan.FromMinutes(2));
            await world.OfAsync();
            world.Notes.Tallies.ShouldBeEmpty();
            world.Notes.Callers.ShouldBeEmpty();
        }

        (await world.OfAsync()).ShouldHaveSingleItem().Lookups.ShouldBe(5);
    }

    [Fact]
    public async Task OfOneServiceTheOneThatWasSeenLongestAgoMakesRoom()
    {
        using var world = new ConsumerWorld(static options => options.ConsumersPerService = 3);
        using var stream = world.Subscribe("10.1.0.9", "orders");
        for (var number = 1; number <= 4; number++)
        {
            world.LookUp($"10.1.0.{number}");
            await world.OfAsync();
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        (await world.OfAsync()).Select(static one => one.Key.Address).ShouldBe(["10.1.0.3", "10.1.0.4", "10.1.0.9"]);
        world.Counted["registry.consumers.dropped"].ShouldBe(2);
    }

    [Fact]
    public async Task TheNumberOfAllIsBoundedAndTheLatestStay()
    {
        using var world = new ConsumerWorld(static options => options.Consumers = 100);
        for (var round = 0; round < 5; round++)
        {
            for (var number = 0; number < 90; number++)
                world.LookUp($"10.1.{round}.{number}", $"service-{number}");
            await world.OfAsync();
            world.Directory.Count.ShouldBeLessThanOrEqualTo(100);
            world.Time.Advance(TimeSpan.FromMinutes(2));
            await world.OfAsync();
        }

        (await world.OfAsync("service-7")).Select(static one => one.Key.Address).ShouldContain("10.1.4.7");
        world.Counted["registry.consumers.dropped"].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task CallersAndServicesBeyondTheBoundAreDroppedAndCounted()
    {
        using var world = new ConsumerWorld(static options => options.Consumers = 2_000);
        for (var number = 0; number < ConsumerNotes.MaxServicesPerCaller + 5; number++)
            world.LookUp("10.1.0.1", $"service-{number}");
        world.Counted["registry.consumers.dropped"].ShouldBe(5);
        for (var number = 0; number < 2_100; number++)
            world.Caller($"10.2.{number >> 8}.{number & 255}");
        world.Counted["registry.consumers.dropped"].ShouldBe(5 + 101);
        world.LookUp("10.1.0.1", "service-1");
        (await world.OfAsync("service-1")).ShouldHaveSingleItem().Lookups.ShouldBe(2, "those that have a place keep it");
    }

    [Fact]
    public async Task ANameThatIsNoServiceIsNotedOnlyForWhoAskedWhileItWasOne()
    {
        using var world = new ConsumerWorld();
        world.LookUp("10.1.0.1", isKnown: false);
        (await world.OfAsync()).ShouldBeEmpty();
        world.LookUp("10.1.0.1");
        world.LookUp("10.1.0.1", isKnown: false);
        (await world.OfAsync()).ShouldHaveSingleItem().Lookups.ShouldBe(2);
    }

    [Fact]
    public async Task NoneAreNotedWhereThatIsSwitchedOff()
    {
        using var world = new ConsumerWorld(static options => options.Consumers = 0);
        world.Notes.IsOn.ShouldBeFalse();
        (await world.OfAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task TokensThatWaitForAReviewAreBounded()
    {
        using var world = new ConsumerWorld();
        for (var number = 0; number < ConsumerNotes.MaxTokensWaiting + 50; number++)
            world.Caller("10.1.0.1", $"{number}.a.b");
        world.Notes.Callers.Count(static caller => caller.HoldsToken).ShouldBe(ConsumerNotes.MaxTokensWaiting);
        var token = new string('a', 5_000);
        world.Caller("10.1.0.1", token)!.HoldsToken.ShouldBeFalse();
        for (var round = 0; round <= ConsumerNotes.MaxTokensWaiting / ConsumerDirectory.MaxJudgements; round++)
            await world.Directory.RefreshAsync(TestContext.Current.CancellationToken);
        world.Notes.Callers.ShouldAllBe(static caller => !caller.HoldsToken);
        world.Caller("10.1.0.1", "new.a.b")!.HoldsToken.ShouldBeTrue();
    }

    [Fact]
    public async Task NoLookupOfManyThreadsIsLost()
    {
        const int Threads = 4, Each = 20_000;
        using var world = new ConsumerWorld();
        var looking = Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                world.LookUp("10.1.0.1");
                using var stream = i % 100 == 0 ? world.Subscribe("10.1.0.1", "orders") : null;
            }
        }, TestContext.Current.CancellationToken)).ToArray();
        var all = Task.WhenAll(looking);
        while (!all.IsCompleted)
            await world.Directory.RefreshAsync(TestContext.Current.CancellationToken);
        await all.Within();

        var one = (await world.OfAsync()).ShouldHaveSingleItem();
        (one.Lookups, one.Streams).ShouldBe(((long)Threads * Each, 0));
    }

    private static Pod Labelled(Pod pod) => pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["pod-template-hash"] = "7d4b9c6f58" } } };
}
