using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

public sealed class AccessReviewerTests
{
    private static readonly KubernetesUser Anna = new("anna", "42", ["developers"], new Dictionary<string, System.Collections.Immutable.ImmutableArray<string>> { ["scopes"] = ["a"] });

    private readonly IdentityWorld _world = new();

    [Fact]
    public async Task TheReviewIsAskedWithEverythingThatIsKnownOfTheUser()
    {
        _world.Server.Allows = static review => review.ResourceAttributes is { Verb: "patch", Resource: "pods", Group: "", NamespaceProperty: "shop", Name: "orders-1" };
        (await _world.Access.MayPatchPodAsync(Anna, new("shop", "orders-1"), TestContext.Current.CancellationToken)).Value.ShouldBeTrue();

        var asked = _world.Server.AskedAccess.ShouldHaveSingleItem();
        (asked.User, asked.Uid).ShouldBe(("anna", "42"));
        asked.Groups.ShouldBe(["developers"]);
        asked.Extra["scopes"].ShouldBe(["a"]);
    }

    [Fact]
    public async Task NamesAndLookupsAreRightsOfTheirOwn()
    {
        await _world.Access.MayRegisterAsync(Anna, "shop", "orders", TestContext.Current.CancellationToken);
        await _world.Access.MayLookUpAsync(Anna, "shop", TestContext.Current.CancellationToken);
        _world.Server.AskedAccess.Select(static review => review.ResourceAttributes).Select(static one => (one.Verb, one.Group, one.Resource, one.NamespaceProperty, one.Name)).ShouldBe(
            [("create", "registry-gateway.io", "registrations", "shop", "orders"), ("get", "discovery.k8s.io", "endpointslices", "shop", "")]);
    }

    [Fact]
    public async Task AnswersHoldForSeconds()
    {
        _world.Server.Allows = static review => review.ResourceAttributes.Name == "orders-1";
        await AskAsync("orders-1");
        await AskAsync("orders-2");
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await AskAsync("orders-1");
        _world.Server.AccessReviews.ShouldBe(2);
        await AskAsync("orders-2");
        _world.Server.AccessReviews.ShouldBe(3, "a no holds five seconds");
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await AskAsync("orders-1");
        _world.Server.AccessReviews.ShouldBe(4, "a yes holds ten");
    }

    [Fact]
    public async Task AnswersAreForThisUserAlone()
    {
        _world.Server.Allows = static review => review.Groups.Contains("developers");
        (await AskAsync("orders-1")).ShouldBeTrue();
        (await _world.Access.MayPatchPodAsync(Anna with { Groups = [] }, new("shop", "orders-1"), TestContext.Current.CancellationToken)).Value.ShouldBeFalse();
        (await _world.Access.MayPatchPodAsync(Anna with { Groups = ["dev", "elopers"] }, new("shop", "orders-1"), TestContext.Current.CancellationToken)).Value.ShouldBeFalse();
    }

    [Fact]
    public async Task EqualQuestionsAtOneTimeAreOneReview()
    {
        var release = new TaskCompletionSource();
        _world.Server.Hold = cancel => release.Task.WaitAsync(cancel);
        var asking = Enumerable.Range(0, 20).Select(_ => AskAsync("orders-1")).ToList();
        release.SetResult();
        await Task.WhenAll(asking).Within();
        _world.Server.AccessReviews.ShouldBe(1);
    }

    [Fact]
    public async Task NoAnswerIsNeitherYesNorNo()
    {
        _world.Server.ReviewTrouble = new KubernetesApiException(503, null, TimeSpan.FromSeconds(20));
        var result = await _world.Access.MayPatchPodAsync(Anna, new("shop", "orders-1"), TestContext.Current.CancellationToken);
        (result.Refusal!.Code, result.Refusal.RetryAfter).ShouldBe((RefusalCodes.ApiServerUnavailable, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task ATroubleThatPassesIsWaitedOut()
    {
        _world.Server.Allows = static _ => true;
        _world.Server.ReviewTrouble = new KubernetesApiException(429, null, TimeSpan.FromSeconds(1));
        var asking = _world.Access.MayPatchPodAsync(Anna, new("shop", "orders-1"), TestContext.Current.CancellationToken);
        await _world.Time.WaitForTimerAsync(static due => due >= TimeSpan.FromSeconds(1) && due <= TimeSpan.FromSeconds(1.2));
        _world.Server.ReviewTrouble = null;
        _world.Time.Advance(TimeSpan.FromSeconds(1.2));
        (await asking.Within()).Value.ShouldBeTrue();
    }

    [Fact]
    public async Task AFloodOfACallersOwnRequestsDoesNotDelayTheRecheckOfItsRight()
    {
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Server.Hold = cancel =>
        {
            if (_world.Server.AskedAccess.Any(static review => review.ResourceAttributes.NamespaceProperty == "shop"))
                reached.TrySetResult();
            return release.Task.WaitAsync(cancel);
        };
        Task<Result<bool>> LookUpAsync(string ns, ReviewLane lane) => _world.Access.MayLookUpAsync(Anna, ns, TestContext.Current.CancellationToken, lane);
        var flood = Enumerable.Range(0, 200).Select(i => LookUpAsync($"ns-{i}", ReviewLane.Calls)).ToList();
        // The very review that the stream needs waits in the flood, too.
        flood.Add(LookUpAsync("shop", ReviewLane.Calls));

        var recheck = LookUpAsync("shop", ReviewLane.Rechecks);
        await reached.Task.Within();
        _world.Server.AccessReviews.ShouldBeLessThanOrEqualTo(32 + 1);
        release.SetResult();
        (await recheck.Within()).Value.ShouldBeFalse();
        await Task.WhenAll(flood).Within();
    }

    [Fact]
    public async Task ACallersWaitingReviewsAreBoundedAndAnothersAreAsked()
    {
        const int Asked = 3_000, Waiting = 1_000, InFlight = 32;
        var (full, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var overloaded = 0;
        _world.Server.Hold = cancel => release.Task.WaitAsync(cancel);
        var flood = Enumerable.Range(0, Asked).Select(async i =>
        {
            var result = await AskRawAsync(Anna, $"pod-{i}");
            if (result.Refusal?.Code == RefusalCodes.Overloaded && Interlocked.Increment(ref overloaded) == Asked - Waiting - InFlight)
                full.SetResult();
        }).ToList();
        await full.Task.Within();
        var other = AskRawAsync(Anna with { Username = "berta" }, "orders-1");

        release.SetResult();
        (await other.Within()).Value.ShouldBeFalse();
        await Task.WhenAll(flood).Within();
        overloaded.ShouldBe(Asked - Waiting - InFlight);

        Task<Result<bool>> AskRawAsync(KubernetesUser user, string pod) =>
            _world.Access.MayPatchPodAsync(user, new("shop", pod), TestContext.Current.CancellationToken);
    }

    private async Task<bool> AskAsync(string pod) =>
        (await _world.Access.MayPatchPodAsync(Anna, new("shop", pod), TestContext.Current.CancellationToken)).Value;
}
