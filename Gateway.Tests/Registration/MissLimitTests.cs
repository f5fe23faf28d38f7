using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Results;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registration;

/// <summary>What does not exist may be asked for within a limit for each caller; what exists costs nothing.</summary>
public sealed class MissLimitTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void MissesFillTheBucketOfTheirCallerAloneAndTimeEmptiesIt()
    {
        var limit = new MissLimit(new() { MissBurst = 10, MissesPerSecond = 2 }, _time);
        limit.Take(Caller("a"), MissLimit.Search).ShouldBeNull();
        limit.Take(Caller("a"), MissLimit.Search).ShouldBeNull();
        var refusal = limit.Take(Caller("a"), MissLimit.Read).ShouldNotBeNull();
        (refusal.Code, refusal.RetryAfter).ShouldBe((RefusalCodes.RateLimited, TimeSpan.FromSeconds(0.5)));
        limit.Take(Caller("b"), MissLimit.Read).ShouldBeNull();
        _time.Advance(refusal.RetryAfter!.Value);
        limit.Take(Caller("a"), MissLimit.Read).ShouldBeNull();
    }

    [Fact]
    public void WhatWasFoundIsGivenBack()
    {
        var limit = new MissLimit(new() { MissBurst = 5, MissesPerSecond = 0.001 }, _time);
        for (var i = 0; i < 1000; i++)
        {
            limit.Take(Caller("a"), MissLimit.Search).ShouldBeNull();
            limit.GiveBack(Caller("a"), MissLimit.Search);
        }
    }

    [Fact]
    public void CallersBeyondTheLimitOfBucketsShareOne()
    {
        var limit = new MissLimit(new() { MissBurst = 5, MissesPerSecond = 0.001 }, _time);
        for (var i = 0; i < 10_000; i++)
            limit.Take(Caller($"{i}"), MissLimit.Search).ShouldBeNull();
        limit.Take(Caller("one more"), MissLimit.Search).ShouldBeNull();
        limit.Take(Caller("another"), MissLimit.Read).ShouldNotBeNull();
    }

    /// <summary>A DELETE that succeeds because of a cached miss would lose what another replica acknowledged meanwhile.</summary>
    [Fact]
    public async Task AMissIsRememberedForReadsAloneAndNotForLong()
    {
        using var world = new WritingWorld(limits: static options => options.VisibilityTimeout = TimeSpan.Zero);
        using var lagging = new Replica(world.Server, world.Time, limits: static options => options.VisibilityTimeout = TimeSpan.Zero);
        lagging.Server.Put(IdentityWorld.NewPod("orders-1"));
        lagging.Stall();
        var id = new Gateway.Core.Annotations.Records.RegistrationKey("shop", "orders", "", "", "http", 8080).IdFor("uid-shop-orders-1");
        var wanted = Gateway.Core.Annotations.Records.RegistrationId.Parse(id);
        var cancel = TestContext.Current.CancellationToken;

        for (var i = 0; i < 3; i++)
            (await lagging.Reads.FindAsync(WritingWorld.Operator, null, wanted, cancel).Within()).Refusal!.Code.ShouldBe(RefusalCodes.NotFound);
        lagging.Searches.ShouldBe(1);

        (await world.RegisterAsync()).Instance.Id.ShouldBe(id);
        (await lagging.Service.DeregisterAsync(WritingWorld.Operator, null, wanted, cancel).Within()).Refusal.ShouldBeNull();
        lagging.Searches.ShouldBe(2);
        world.Own.ShouldBeEmpty("it was removed, although a miss was remembered");
    }

    private static UserCaller Caller(string name) => new(KubernetesUser.OfServiceAccount("shop", name));
}
