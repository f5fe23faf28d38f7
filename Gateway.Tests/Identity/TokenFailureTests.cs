using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

/// <summary>Every failure of a token that nobody vouched for counts against its address; whoever was accepted before is not held back by it.</summary>
public sealed class TokenFailureTests
{
    private const int Budget = 3;

    private static readonly IPAddress Source = IPAddress.Parse("10.9.9.9");

    private readonly IdentityWorld _world = new(static options => options.FailuresPerAddress = Budget);

    /// <summary>What is shown, and what the API server answers to its review.</summary>
    public static TheoryData<string, string> Failures => new()
    {
        { "garbage", RefusalCodes.Unauthenticated },
        { "long", RefusalCodes.Unauthenticated },
        { "malformed", RefusalCodes.Unauthenticated },
        { "another audience", RefusalCodes.Unauthenticated },
        { "expired", RefusalCodes.TokenExpired },
        { "refused", RefusalCodes.Unauthenticated },
        { "pod gone", RefusalCodes.PodGone },
        { "503", RefusalCodes.ApiServerUnavailable },
        { "no right", RefusalCodes.ApiServerUnavailable },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task EveryFailureCountsAgainstItsAddress(string failure, string code)
    {
        if (failure == "503")
            _world.Server.ReviewTrouble = new KubernetesApiException(503, null, TimeSpan.FromSeconds(30));
        if (failure == "no right")
            _world.Server.ReviewTrouble = MemoryApiServer.Status(403, "Forbidden", "no right to review");
        for (var i = 0; i < Budget; i++)
            (await RefusedAsync(Failing(failure, i))).Code.ShouldBe(code);

        var refusal = await RefusedAsync(Failing(failure, Budget));
        refusal.Code.ShouldBe(RefusalCodes.RateLimited);
        refusal.RetryAfter.ShouldNotBeNull();
        (await RefusedAsync("not even a token")).Code.ShouldBe(RefusalCodes.RateLimited);
        (await RefusedAsync(Failing(failure, Budget + 1), IPAddress.Parse("10.9.9.8"))).Code.ShouldBe(code, "another address is another caller");

        _world.Time.Advance(TimeSpan.FromSeconds(1));
        (await RefusedAsync(Failing(failure, Budget + 2))).Code.ShouldBe(code);
    }

    [Fact]
    public async Task AnAuthorizationThatIsNoBearerTokenCountsToo()
    {
        foreach (var header in (string[])["Basic YTpi", "Bearer", ""])
            (await IdentifiedAsync(header)).Code.ShouldBe(RefusalCodes.Unauthenticated);
        (await IdentifiedAsync("Basic YTpi")).Code.ShouldBe(RefusalCodes.RateLimited);

        async Task<Refusal> IdentifiedAsync(string header) => (await _world.Resolver.IdentifyAsync(
            new CallerEvidence { Authorization = [header], RemoteAddress = Source }, TestContext.Current.CancellationToken)).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public async Task AFailureByABugCountsAndIsNotHidden()
    {
        _world.Server.Hold = static _ => throw new InvalidOperationException("a bug");
        for (var i = 0; i < Budget; i++)
            await Should.ThrowAsync<InvalidOperationException>(() => RefusedAsync(Failing("refused", i)));
        (await RefusedAsync(Failing("refused", Budget))).Code.ShouldBe(RefusalCodes.RateLimited);
    }

    [Fact]
    public async Task WhoeverWaitsTooLongForAReviewCounts()
    {
        var world = new IdentityWorld(static options => (options.FailuresPerAddress, options.MaxReviewsInFlight, options.ReviewTimeout) = (1, 1, TimeSpan.FromMinutes(1)));
        world.Server.Hold = static cancel => Task.Delay(Timeout.Infinite, cancel);
        var first = world.Tokens.AuthenticateAsync(Failing("refused", 0), IPAddress.Parse("10.9.9.7"), TestContext.Current.CancellationToken);
        await world.Time.WaitForTimerAsync(TimeSpan.FromMinutes(1));
        var second = world.Tokens.AuthenticateAsync(Failing("refused", 1), Source, TestContext.Current.CancellationToken);
        await world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        world.Time.Advance(TimeSpan.FromSeconds(10));
        (await second.Within()).Refusal!.Code.ShouldBe(RefusalCodes.Overloaded);

        (await world.Tokens.AuthenticateAsync(Failing("refused", 2), Source, TestContext.Current.CancellationToken)).Refusal!.Code.ShouldBe(RefusalCodes.RateLimited);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await first.Within();
    }

    [Fact]
    public async Task WhoeverWasAcceptedIsReviewedAgainHoweverManyFailBehindTheSameAddress()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        (await AuthenticateAsync(token)).Refusal.ShouldBeNull();
        _world.Time.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i <= Budget; i++)
            await RefusedAsync(Failing("refused", i));
        (await RefusedAsync(_world.TokenOf(_world.Run("orders-2")))).Code.ShouldBe(RefusalCodes.RateLimited, "nobody has vouched for it yet");

        (await AuthenticateAsync(token)).Refusal.ShouldBeNull("it was accepted ten minutes ago, and has not expired");
        _world.Server.TokenReviews.ShouldBe(1 + Budget + 1);
    }

    [Fact]
    public async Task AnOutageOfTheApiServerHoldsNoneOfThoseBackThatWereAcceptedBefore()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        await AuthenticateAsync(token);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Server.ReviewTrouble = new KubernetesApiException(503, null, TimeSpan.FromSeconds(30));
        for (var i = 0; i < 10 * Budget; i++)
            (await RefusedAsync(token)).Code.ShouldBe(RefusalCodes.ApiServerUnavailable);

        _world.Server.ReviewTrouble = null;
        (await AuthenticateAsync(token)).Refusal.ShouldBeNull();
        (await RefusedAsync(Failing("refused", 0))).Code.ShouldBe(RefusalCodes.Unauthenticated, "none of that filled the address' bucket");
    }

    [Fact]
    public async Task NewCallersAreLetInWithinASecondAfterAnOutage()
    {
        var release = new TaskCompletionSource();
        _world.Server.Hold = cancel => release.Task.WaitAsync(cancel);
        _world.Server.ReviewTrouble = new KubernetesApiException(503, null, TimeSpan.FromSeconds(30));
        var calls = Enumerable.Range(0, 30).Select(i => RefusedAsync(Failing("503", i))).ToList();
        release.SetResult();
        (await Task.WhenAll(calls)).ShouldAllBe(static refusal => refusal.Code == RefusalCodes.ApiServerUnavailable || refusal.Code == RefusalCodes.RateLimited);

        _world.Server.ReviewTrouble = null;
        _world.Time.Advance(TimeSpan.FromSeconds(0.2));
        (await AuthenticateAsync(_world.TokenOf(_world.Run("orders-1")))).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task ATokenThatIsRefusedWasNotAccepted()
    {
        var token = _world.TokenOf(_world.Run("orders-1"));
        await AuthenticateAsync(token);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Server.Tokens.Clear();
        (await RefusedAsync(token)).Code.ShouldBe(RefusalCodes.Unauthenticated);
        for (var i = 0; i < Budget - 1; i++)
            await RefusedAsync(Failing("refused", i));
        _world.Time.Advance(TimeSpan.Zero);
        (await RefusedAsync(Failing("refused", Budget))).Code.ShouldBe(RefusalCodes.RateLimited);
    }

    [Fact]
    public async Task WhatRepeatsIsOneLineAMinute()
    {
        var world = new IdentityWorld();
        for (var i = 0; i < 90; i++)
            await world.Tokens.AuthenticateAsync(Failing("malformed", i), Source, TestContext.Current.CancellationToken);
        var line = world.Logs.Lines.ShouldHaveSingleItem();
        (line.Id, line.Members["Code"], line.Members["Address"], line.Members["LeftOut"]).ShouldBe((1402, RefusalCodes.Unauthenticated, "10.9.9.9", "0"));

        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.Tokens.AuthenticateAsync(Failing("malformed", 100), Source, TestContext.Current.CancellationToken);
        world.Logs.Lines.Last().Members["LeftOut"].ShouldBe("89");
    }

    private string Failing(string failure, int id) => failure switch
    {
        "garbage" => $"garbage{id}",
        "long" => new string('x', 20_000) + $".a.{id}",
        "malformed" => IdentityWorld.OpaqueToken($$"""{"aud":["\ud800"],"jti":{{id}}}"""),
        "another audience" => IdentityWorld.Jwt(new { aud = "somebody-else", jti = id }),
        "expired" => IdentityWorld.Jwt(new { aud = "registry-gateway", exp = 1_000, jti = id }),
        "pod gone" => Bound($"gone-{id}"),
        _ => IdentityWorld.Jwt(new { aud = "registry-gateway", jti = id }),
    };

    private static string Bound(string pod) => IdentityWorld.Jwt(new Dictionary<string, object>
    {
        ["aud"] = "registry-gateway",
        ["kubernetes.io"] = new { @namespace = "shop", pod = new { name = pod, uid = "u" } },
    });

    private Task<Result<CallerIdentity>> AuthenticateAsync(string token) =>
        _world.Tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken).Within();

    private async Task<Refusal> RefusedAsync(string token, IPAddress? source = null) =>
        (await _world.Tokens.AuthenticateAsync(token, source ?? Source, TestContext.Current.CancellationToken).Within()).Refusal.ShouldNotBeNull();
}
