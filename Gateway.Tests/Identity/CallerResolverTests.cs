using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;
using Gateway.Tests.Kubernetes.Client;

namespace Gateway.Tests.Identity;

/// <summary>The rules of the contract's section 4, one by one.</summary>
public sealed class CallerResolverTests
{
    private readonly IdentityWorld _world = new(static options => options.SourceAddress = true);

    [Theory]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer")]
    [InlineData("")]
    public async Task AnAuthorizationHeaderThatFailsNeverFallsThroughToTheAddress(string header)
    {
        _world.Run("orders-1", "10.1.0.7");
        var evidence = new CallerEvidence { Authorization = [header], RemoteAddress = IPAddress.Parse("10.1.0.7") };
        (await IdentifyAsync(evidence)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    [Fact]
    public async Task TwoAuthorizationHeadersAreNone()
    {
        var token = "Bearer " + _world.TokenOf(_world.Run("orders-1"));
        (await IdentifyAsync(new() { Authorization = [token, token] })).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    [Fact]
    public async Task TheOneRunningPodWithTheAddressIsTheCaller()
    {
        _world.Run("orders-1", "10.1.0.7");
        _world.Run("node-agent", "10.1.0.7", change: static pod => pod with { HostNetwork = true });
        _world.Run("job", "10.1.0.7", change: static pod => pod with { Phase = PodPhase.Succeeded });
        (await IdentifyAsync(IdentityWorld.From("::ffff:10.1.0.7"))).Value.ShouldBeOfType<PodCaller>().Name.ShouldBe("orders-1");
        (await IdentifyAsync(IdentityWorld.From("10.1.0.8"))).Value.ShouldBe(new AnonymousCaller(false) { RemoteAddress = IPAddress.Parse("10.1.0.8") });

        _world.Run("orders-2", "10.1.0.7");
        (await IdentifyAsync(IdentityWorld.From("10.1.0.7"))).Refusal!.Code.ShouldBe(RefusalCodes.AmbiguousAddress);
    }

    [Fact]
    public async Task TheAddressCountsOnlyWhereItIsSwitchedOn()
    {
        var world = new IdentityWorld();
        world.Run("orders-1", "10.1.0.7");
        (await world.Resolver.IdentifyAsync(IdentityWorld.From("10.1.0.7"), TestContext.Current.CancellationToken)).Value.ShouldBeOfType<AnonymousCaller>();
    }

    [Fact]
    public async Task AnUntrustedProxyIsRefused() =>
        (await IdentifyAsync(IdentityWorld.From("10.1.0.7") with { ForwardedFor = ["10.1.0.8"] })).Refusal!.Code.ShouldBe(RefusalCodes.UntrustedProxy);

    [Fact]
    public async Task AHeartbeatNeedsNoOtherReviewUntilTheTokenExpiresWhileItsPodLives()
    {
        var pod = _world.Run("orders-1");
        var evidence = IdentityWorld.Bearer(_world.TokenOf(pod));
        async Task<string?> HeartbeatAsync()
        {
            var caller = await _world.Resolver.IdentifyHeartbeatAsync(evidence, TestContext.Current.CancellationToken);
            return caller.IsRefused(out var refusal) ? refusal.Code : caller.Value.ShouldBeOfType<PodCaller>().Name;
        }

        (await HeartbeatAsync()).ShouldBe("orders-1");
        _world.Server.ReviewTrouble = MemoryApiServer.Status(403, "Forbidden", "no right to review");
        _world.Time.Advance(TimeSpan.FromMinutes(50));
        (await HeartbeatAsync()).ShouldBe("orders-1");
        _world.Server.TokenReviews.ShouldBe(1);
        (await IdentifyAsync(evidence)).Refusal!.Code.ShouldBe(RefusalCodes.ApiServerUnavailable, "nothing else is held");
        (await HeartbeatAsync()).ShouldBe("orders-1", "no answer changes nothing");

        _world.View.See(IdentityWorld.NewPod("orders-1", uid: "another"));
        (await HeartbeatAsync()).ShouldBe(RefusalCodes.ApiServerUnavailable);
        _world.View.Pods.Clear();
        (await HeartbeatAsync()).ShouldBe(RefusalCodes.ApiServerUnavailable);
        _world.View.See(pod with { Phase = PodPhase.Succeeded });
        (await HeartbeatAsync()).ShouldBe(RefusalCodes.ApiServerUnavailable);

        _world.View.See(pod);
        _world.Time.Advance(TimeSpan.FromMinutes(11));
        (await HeartbeatAsync()).ShouldBe(RefusalCodes.TokenExpired);
    }

    [Fact]
    public async Task AHeartbeatOfATokenThatWasRefusedSinceIsReviewed()
    {
        var evidence = IdentityWorld.Bearer(_world.TokenOf(_world.Run("orders-1")));
        (await _world.Resolver.IdentifyHeartbeatAsync(evidence, TestContext.Current.CancellationToken)).IsRefused(out _).ShouldBeFalse();

        _world.Server.Tokens.Clear();
        _world.Time.Advance(TimeSpan.FromMinutes(2));
        (await IdentifyAsync(evidence)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await _world.Resolver.IdentifyHeartbeatAsync(evidence, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    [Fact]
    public async Task NoneProvedAndNoneNamedIsPodRequired()
    {
        (await ResolveAsync(new AnonymousCaller(false), null)).Refusal!.Code.ShouldBe(RefusalCodes.PodRequired);
        var user = await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOfUser()));
        (await ResolveAsync(user.Value, null)).Refusal!.Code.ShouldBe(RefusalCodes.PodRequired);
    }

    [Fact]
    public async Task NobodyProvedCannotActForANamedPod()
    {
        _world.Run("orders-1");
        (await ResolveAsync(new AnonymousCaller(false), new("shop", "orders-1"))).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    [Fact]
    public async Task WhoeverMayPatchAPodMayActForIt()
    {
        _world.Run("orders-1");
        _world.Server.Allows = static review => review is { User: "anna", ResourceAttributes: { Verb: "patch", Name: "orders-1" } };
        var anna = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOfUser("anna")))).Value;
        var bob = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOfUser("bob")))).Value;

        (await ResolveAsync(anna, new("shop", "orders-1"))).Value.ActingForAnother.ShouldBeTrue();
        (await ResolveAsync(bob, new("shop", "orders-1"))).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
    }

    [Fact]
    public async Task APodIsItselfWithoutAnyReviewAndNeedsTheRightForAnother()
    {
        var pod = _world.Run("orders-1");
        _world.Run("orders-2", "10.1.0.8");
        var caller = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOf(pod)))).Value;

        var own = (await ResolveAsync(caller, new("shop", "orders-1"))).Value;
        (own.ActingForAnother, own.Uid).ShouldBe((false, pod.Metadata.Uid));
        _world.Server.AccessReviews.ShouldBe(0);

        (await ResolveAsync(caller, new("shop", "orders-2"))).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
        _world.Server.Allows = static _ => true;
        _world.Time.Advance(TimeSpan.FromSeconds(10));
        (await ResolveAsync(caller, new("shop", "orders-2"))).Value.Name.ShouldBe("orders-2");
    }

    [Fact]
    public async Task APodKnownByItsAddressActsForNoOther()
    {
        _world.Run("orders-1", "10.1.0.7");
        _world.Run("orders-2", "10.1.0.8");
        var caller = (await IdentifyAsync(IdentityWorld.From("10.1.0.7"))).Value;
        (await ResolveAsync(caller, new("shop", "orders-2"))).Refusal!.Code.ShouldBe(RefusalCodes.Forbidden);
    }

    [Fact]
    public async Task ADeletedOrReplacedPodIsGone()
    {
        var pod = _world.Run("orders-1");
        var caller = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOf(pod)))).Value;
        _world.Server.Delete("shop", "orders-1");
        (await ResolveAsync(caller, null)).Refusal.ShouldBeNull("the cache still has it; the PATCH with its uid decides");
        _world.View.Pods.Clear();
        (await ResolveAsync(caller, null)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);

        var successor = _world.Server.Put(IdentityWorld.NewPod("orders-1", uid: "successor"));
        (await ResolveAsync(caller, null)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
        _world.View.See(successor);
        (await ResolveAsync(caller, null)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Fact]
    public async Task AFinishedPodIsGone()
    {
        var pod = _world.Run("orders-1");
        var caller = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOf(pod)))).Value;
        _world.View.See(_world.Server.Change("shop", "orders-1", static pod => pod with { Phase = PodPhase.Failed }));
        (await ResolveAsync(caller, null)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Fact]
    public async Task APodTheCacheHasNotSeenYetIsReadLive()
    {
        var pod = _world.Server.Put(IdentityWorld.NewPod("orders-9"));
        var caller = new PodCaller("shop", "orders-9", pod.Metadata.Uid, IdentityProof.Token, null, null);
        (await ResolveAsync(caller, null)).Value.Uid.ShouldBe(pod.Metadata.Uid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public async Task ANameThatNoPodCanHaveIsNoPodAndIsNotAskedFor(string name)
    {
        // A targetRef may hold any text, and so may whatever this replica made of it.
        await using var fixture = await ApiFixture.StartAsync();
        _world.Server.Allows = static _ => true;
        var anna = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOfUser("anna")))).Value;
        var resolver = new CallerResolver(
            _world.Options, _world.Tokens, new SourceAddressIdentifier(_world.Clients, _world.View), _world.Clients, _world.Access, _world.View,
            new LivePods(fixture.Api, _world.Calls));
        var target = await resolver.ResolveAsync(anna, new("shop", name), CallPurpose.Change, TestContext.Current.CancellationToken).Within();
        target.Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
        fixture.Server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task APodOutsideWhatIsWatchedIsNotWatched()
    {
        _world.Server.Allows = static _ => true;
        var anna = (await IdentifyAsync(IdentityWorld.Bearer(_world.TokenOfUser("anna")))).Value;
        _world.View.Unwatched.Add("other");
        (await ResolveAsync(anna, new("other", "orders-1"))).Refusal!.Code.ShouldBe(RefusalCodes.NotWatched);

        _world.Server.Put(IdentityWorld.NewPod("orders-2"));
        _world.View.Selects = static pod => pod.Metadata.Labels.ContainsKey("registered");
        (await ResolveAsync(anna, new("shop", "orders-2"))).Refusal!.Code.ShouldBe(RefusalCodes.NotWatched);
    }

    [Fact]
    public async Task ATerminatingPodMayChangeButNotRegister()
    {
        var pod = _world.Run("orders-1", "10.1.0.7", change: static pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        foreach (var evidence in new[] { IdentityWorld.Bearer(_world.TokenOf(pod)), IdentityWorld.From("10.1.0.7") })
        {
            var caller = (await IdentifyAsync(evidence)).Value;
            (await ResolveAsync(caller, null, CallPurpose.Register)).Refusal!.Code.ShouldBe(RefusalCodes.PodTerminating);
            (await ResolveAsync(caller, null, CallPurpose.Change)).Refusal.ShouldBeNull();
            (await ResolveAsync(caller, null, CallPurpose.Observe)).Refusal.ShouldBeNull();
        }
    }

    [Fact]
    public async Task AnAddressIsConfirmedByALiveGetBeforeAWrite()
    {
        _world.Run("orders-1", "10.1.0.7");
        var caller = (await IdentifyAsync(IdentityWorld.From("10.1.0.7"))).Value;
        (await ResolveAsync(caller, null, CallPurpose.Observe)).Refusal.ShouldBeNull();
        _world.Server.Gets.ShouldBe(0);
        (await ResolveAsync(caller, null, CallPurpose.Change)).Refusal.ShouldBeNull();
        _world.Server.Gets.ShouldBe(1);

        // The address has gone on to another pod, and the cache has not seen it.
        _world.Server.Change("shop", "orders-1", static pod => pod with { PodIPs = ImmutableArray.Create("10.1.0.99") });
        (await ResolveAsync(caller, null, CallPurpose.Change)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
        _world.Server.Change("shop", "orders-1", static pod => pod with { PodIPs = ["10.1.0.7"], Phase = PodPhase.Pending });
        (await ResolveAsync(caller, null, CallPurpose.Change)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
        _world.Server.Put(IdentityWorld.NewPod("orders-1", uid: "successor"));
        (await ResolveAsync(caller, null, CallPurpose.Change)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    [Fact]
    public async Task InDevelopmentWhoeverIsNotAuthenticatedMayActForAnyPod()
    {
        var world = new IdentityWorld(static options => options.AllowDevelopmentAnonymous());
        world.Run("orders-1");
        var caller = (await world.Resolver.IdentifyAsync(IdentityWorld.From("127.0.0.1"), TestContext.Current.CancellationToken)).Value;
        caller.ShouldBe(new AnonymousCaller(true) { RemoteAddress = IPAddress.Loopback });
        var target = (await world.Resolver.ResolveAsync(caller, new("shop", "orders-1"), CallPurpose.Register, TestContext.Current.CancellationToken)).Value;
        target.ActingForAnother.ShouldBeTrue();
        (await world.Resolver.ResolveAsync(caller, null, CallPurpose.Register, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.PodRequired);
        (await world.Resolver.ResolveAsync(caller, new("shop", "nope"), CallPurpose.Register, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
    }

    private Task<Result<CallerIdentity>> IdentifyAsync(CallerEvidence evidence) => _world.Resolver.IdentifyAsync(evidence, TestContext.Current.CancellationToken).Within();

    private Task<Result<TargetPod>> ResolveAsync(CallerIdentity caller, PodName? named, CallPurpose purpose = CallPurpose.Change) =>
        _world.Resolver.ResolveAsync(caller, named, purpose, TestContext.Current.CancellationToken).Within();
}
