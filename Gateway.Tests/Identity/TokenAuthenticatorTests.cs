using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

public sealed class TokenAuthenticatorTests
{
    private static readonly IPAddress Source = IPAddress.Parse("10.9.9.9");

    private readonly IdentityWorld _world = new();

    [Fact]
    public async Task ATokenBoundToAPodIsThatPod()
    {
        var pod = _world.Run("orders-1");
        var caller = (await AuthenticateAsync(_world.TokenOf(pod))).Value.ShouldBeOfType<PodCaller>();

        (caller.Namespace, caller.Name, caller.Uid, caller.Proof).ShouldBe(("shop", "orders-1", pod.Metadata.Uid, IdentityProof.Token));
        caller.User!.Username.ShouldBe("system:serviceaccount:shop:default");
    }

    [Fact]
    public async Task ATokenWithoutAPodIsAUser()
    {
        var caller = (await AuthenticateAsync(_world.TokenOfUser("anna"))).Value.ShouldBeOfType<UserCaller>();
        (caller.User.Username, caller.User.Uid).ShouldBe(("anna", "42"));
        caller.User.Groups.ShouldBe(["developers"]);
    }

    [Fact]
    public async Task APodInTheExtraOfSomebodyWhoIsNoServiceAccountCountsForNothing()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        var review = _world.Server.Tokens[token];
        _world.Server.Tokens[token] = review with { User = review.User with { Username = "mallory" } };
        (await AuthenticateAsync(token)).Value.ShouldBeOfType<UserCaller>();
    }

    [Fact]
    public async Task TheReviewMustNameOurAudience()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        _world.Server.Tokens[token] = _world.Server.Tokens[token] with { Audiences = [] };
        (await RefusalAsync(token)).Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    [Fact]
    public async Task WhatCannotBeATokenForUsIsRefusedWithoutAReview()
    {
        var pod = _world.Run("orders-1");
        (await RefusalAsync("opaque")).Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await RefusalAsync(new string('x', 20_000) + ".a.b")).Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await RefusalAsync(_world.TokenOf(pod, audience: "someone-else"))).Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await RefusalAsync(IdentityWorld.Jwt(new { sub = "no audience" }))).Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await RefusalAsync(_world.TokenOf(pod, lifetime: TimeSpan.FromSeconds(-30)))).Code.ShouldBe(RefusalCodes.TokenExpired);
        _world.Server.TokenReviews.ShouldBe(0);
    }

    [Fact]
    public async Task TheReviewComesFirstAndNoPodIsReadForWhatATokenClaims()
    {
        await AuthenticateAsync(_world.TokenOf(_world.Run("orders-1")));
        var unseen = _world.Server.Put(IdentityWorld.NewPod("orders-2"));
        (await AuthenticateAsync(_world.TokenOf(unseen))).Value.ShouldBeOfType<PodCaller>();
        _world.Server.TokenReviews.ShouldBe(2);

        // As the API server does with a token whose pod is gone.
        var (former, gone) = (_world.TokenOf(IdentityWorld.NewPod("orders-1", uid: "former")), _world.TokenOf(IdentityWorld.NewPod("gone")));
        _world.Server.Tokens.Clear();
        (await RefusalAsync(former)).Code.ShouldBe(RefusalCodes.PodGone);
        (await RefusalAsync(gone)).Code.ShouldBe(RefusalCodes.PodGone);
        _world.Server.TokenReviews.ShouldBe(4);
        _world.Server.Gets.ShouldBe(0);
    }

    [Fact]
    public async Task ABelievedTokenIsBelievedForAMinute()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        await AuthenticateAsync(token);
        _world.Time.Advance(TimeSpan.FromSeconds(59));
        await AuthenticateAsync(token);
        _world.Server.TokenReviews.ShouldBe(1);

        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await AuthenticateAsync(token);
        _world.Server.TokenReviews.ShouldBe(2);
    }

    [Fact]
    public async Task ABelievedTokenIsNeverBelievedPastItsExpiry()
    {
        var token = _world.TokenOf(_world.Run("orders-1"), lifetime: TimeSpan.FromSeconds(20));
        (await AuthenticateAsync(token)).Refusal.ShouldBeNull();
        _world.Server.Tokens.Clear();
        _world.Time.Advance(TimeSpan.FromSeconds(20));
        (await RefusalAsync(token)).Code.ShouldBe(RefusalCodes.TokenExpired);
    }

    [Fact]
    public async Task ATokenWhoseExpiryCannotBeReadIsBelievedForTenSeconds()
    {
        var token = IdentityWorld.OpaqueToken("not json");
        _world.Server.Tokens[token] = _world.Server.Tokens[_world.TokenOfUser()];
        await AuthenticateAsync(token);
        _world.Time.Advance(TimeSpan.FromSeconds(9));
        await AuthenticateAsync(token);
        _world.Server.TokenReviews.ShouldBe(1);
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await AuthenticateAsync(token);
        _world.Server.TokenReviews.ShouldBe(2);
    }

    [Fact]
    public async Task EqualTokensAtOneTimeAreOneReview()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        var release = new TaskCompletionSource();
        _world.Server.Hold = cancel => release.Task.WaitAsync(cancel);
        var calls = Enumerable.Range(0, 50).Select(_ => AuthenticateAsync(token)).ToList();
        release.SetResult();

        (await Task.WhenAll(calls).Within()).ShouldAllBe(static result => result.Refusal == null);
        _world.Server.TokenReviews.ShouldBe(1);
    }

    [Fact]
    public async Task WhoeverGivesUpWaitingDoesNotEndTheReviewForTheOthers()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        var release = new TaskCompletionSource();
        _world.Server.Hold = cancel => release.Task.WaitAsync(cancel);
        using var cancel = new CancellationTokenSource();
        var first = _world.Tokens.AuthenticateAsync(token, Source, cancel.Token);
        var second = AuthenticateAsync(token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        release.SetResult();
        (await second).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task ARefusedTokenIsRefusedForAFewSecondsWithoutAsking()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        _world.Server.Tokens.Clear();
        (await RefusalAsync(token)).Code.ShouldBe(RefusalCodes.Unauthenticated);
        await RefusalAsync(token);
        _world.Server.TokenReviews.ShouldBe(1);
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await RefusalAsync(token);
        _world.Server.TokenReviews.ShouldBe(2);
    }

    [Fact]
    public async Task AnApiServerThatRefusesIsNeverAYes()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        _world.Server.ReviewTrouble = new KubernetesApiException(429, null, TimeSpan.FromSeconds(30));
        var refusal = await RefusalAsync(token);
        (refusal.Code, refusal.RetryAfter).ShouldBe((RefusalCodes.ApiServerUnavailable, TimeSpan.FromSeconds(30)));

        _world.Server.ReviewTrouble = MemoryApiServer.Status(403, "Forbidden", "no right to review");
        (await RefusalAsync(token)).Code.ShouldBe(RefusalCodes.ApiServerUnavailable);

        _world.Server.ReviewTrouble = null;
        (await AuthenticateAsync(token)).Refusal.ShouldBeNull("trouble is not remembered");
    }

    [Fact]
    public async Task AnApiServerThatStallsIsGivenUpAfterTenSeconds()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        _world.Server.Hold = static cancel => Task.Delay(Timeout.Infinite, cancel);
        var refused = RefusalAsync(token);
        await _world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        _world.Time.Advance(TimeSpan.FromSeconds(10));
        var refusal = await refused;
        refusal.Code.ShouldBe(RefusalCodes.ApiServerUnavailable);
        refusal.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task AtMost32ReviewsAreInFlightAndWhoWaitsTenSecondsIsTurnedAway()
    {
        _world.Options.ReviewTimeout.ShouldBe(TimeSpan.FromSeconds(10));
        var world = new IdentityWorld(static options => options.ReviewTimeout = TimeSpan.FromMinutes(1));
        world.Server.Hold = static cancel => Task.Delay(Timeout.Infinite, cancel);
        var tokens = Enumerable.Range(0, 33).Select(i => world.TokenOfUser($"user-{i}")).ToList();
        var calls = tokens.Select(token => world.Tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken)).ToList();
        await world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        await world.Time.WaitForTimersAsync(33);
        world.Server.TokenReviews.ShouldBe(32);

        world.Time.Advance(TimeSpan.FromSeconds(10));
        var refused = (await (await Task.WhenAny(calls).Within())).Refusal!;
        refused.Code.ShouldBe(RefusalCodes.Overloaded);
        refused.RetryAfter.ShouldNotBeNull();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(calls).Within();
    }

    [Fact]
    public async Task AnAddressThatKeepsFailingHasToWaitWhileOthersDoNot()
    {
        var world = new IdentityWorld(static options => options.FailuresPerAddress = 3);
        var good = world.TokenOf(world.Run("orders-1"));
        (await world.Tokens.AuthenticateAsync(good, Source, TestContext.Current.CancellationToken)).Refusal.ShouldBeNull();
        for (var i = 0; i < 3; i++)
            (await world.Tokens.AuthenticateAsync(Unknown(i), Source, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);

        var refusal = (await world.Tokens.AuthenticateAsync(Unknown(4), Source, TestContext.Current.CancellationToken)).Refusal!;
        refusal.Code.ShouldBe(RefusalCodes.RateLimited);
        refusal.RetryAfter.ShouldNotBeNull();
        world.Server.TokenReviews.ShouldBe(4);

        (await world.Tokens.AuthenticateAsync(good, Source, TestContext.Current.CancellationToken)).Refusal.ShouldBeNull("a token that is known is not held back");
        (await world.Tokens.AuthenticateAsync(Unknown(5), IPAddress.Parse("10.9.9.8"), TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        (await world.Tokens.AuthenticateAsync(Unknown(6), Source, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.Unauthenticated);

        static string Unknown(int i) => IdentityWorld.Jwt(new { aud = "registry-gateway", jti = i });
    }

    [Fact]
    public async Task ABelievedTokenOfAPodIsRecognisedAgainOnlyByAReview()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        await AuthenticateAsync(token);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Server.Tokens.Clear();
        (await RefusalAsync(token)).Code.ShouldBe(RefusalCodes.Unauthenticated);
    }

    private Task<Result<CallerIdentity>> AuthenticateAsync(string token) => _world.Tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken).Within();

    private async Task<Refusal> RefusalAsync(string token) => (await AuthenticateAsync(token)).Refusal.ShouldNotBeNull();
}
