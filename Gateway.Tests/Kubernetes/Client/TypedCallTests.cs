using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>
/// Calls that KubernetesClient makes for us. By itself it reads bodies synchronously and without a bound, times out by the wall clock after 100 s,
/// shows requests in its exceptions and puts any text into a path.
/// </summary>
public sealed class TypedCallTests
{
    private const string Begins = """{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1",""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ADrippingAnswerIsLeftWhenItsCallerCancels()
    {
        await using var fixture = await ApiFixture.StartAsync();
        using var cancelled = new CancellationTokenSource();
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", cancelled.Token);
        var request = await fixture.Server.NextAsync();
        await request.OpenAsync(201);
        await request.SendAsync(Begins);

        await cancelled.CancelAsync();

        await reviewing.Within().ShouldThrowAsync<OperationCanceledException>();
        await request.WaitUntilDroppedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAnswerThatDoesNotEndIsAFailureAtTheTimeLimitOfTheInjectedClock(bool begins)
    {
        var time = new ManualTimeProvider();
        await using var fixture = await ApiFixture.StartAsync(time: time);
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", Token);
        var request = await fixture.Server.NextAsync();
        if (begins)
        {
            await request.OpenAsync(201);
            await request.SendAsync(Begins);
        }

        time.Advance(TimeSpan.FromSeconds(29));
        reviewing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));

        var failure = await reviewing.Within().ShouldThrowAsync<KubernetesApiException>();
        (failure.StatusCode, failure.IsUnavailable, failure.MayHaveBeenApplied).ShouldBe((0, true, false));
        await request.WaitUntilDroppedAsync();
    }

    [Fact]
    public async Task AnAnswerPastTheBoundIsUnreadable()
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", Token);
        var request = await fixture.Server.NextAsync();
        await request.OpenAsync(201);
        var sending = request.SendAsync(Begins + new string(' ', 17 * 1024 * 1024));

        (await reviewing.ShouldThrowAsync<KubernetesApiException>()).IsUnreadable.ShouldBeTrue();
        await request.WaitUntilDroppedAsync();
        await sending;
    }

    [Theory]
    [InlineData("""{"kind":"TokenReview"}""")]
    [InlineData("""{"kind":"TokenReview","status":null}""")]
    [InlineData("""{"kind":"TokenReview","status":[]}""")]
    [InlineData("""{"kind":"TokenReview","status":{"authenticated":"yes"}}""")]
    [InlineData("""{"kind":"TokenReview","metadata":{"creationTimestamp":"yesterday"},"status":{"authenticated":true}}""")]
    [InlineData("""{"kind":"TokenReview","status":{"authenticated":true,"error":"\ud800"}}""")]
    [InlineData("""{"kind":"Status","status":{"authenticated":true}}""")]
    [InlineData("""{"kind":"Status","status":"Success"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("<html></html>")]
    public async Task AnAnswerThatIsNoTokenReviewAuthenticatesNobody(string body)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewTokenAsync("t", "a", Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(201, body);
        (await reviewing.ShouldThrowAsync<KubernetesApiException>()).IsUnreadable.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"allowed":true}""", true)]
    [InlineData("""{"allowed":true,"denied":false,"reason":"rbac"}""", true)]
    [InlineData("""{"allowed":true,"denied":true}""", false)]
    [InlineData("""{"allowed":false}""", false)]
    [InlineData("{}", false)]
    public async Task AVetoOverridesWhatIsAllowed(string status, bool allowed)
    {
        await using var fixture = await ApiFixture.StartAsync();
        var reviewing = fixture.Api.ReviewAccessAsync(new() { User = "ann", ResourceAttributes = new() { Verb = "get", Resource = "pods" } }, Token);
        await (await fixture.Server.NextAsync()).AnswerAsync(201, $$"""{"kind":"SubjectAccessReview","status":{{status}}}""");
        (await reviewing).ShouldBe(allowed);
    }

    [Fact]
    public async Task AMissingTokenFileIsAnUnansweredCallThatSendsNothing()
    {
        await using var fixture = await ApiFixture.StartAsync(connect: static address => new()
        {
            BaseAddress = address,
            NeverUsesProxy = true,
            Credentials = new FileCredential(TimeProvider.System, "/nowhere/token", null),
        });

        var failure = await fixture.Api.ReviewTokenAsync("t", "a", Token).ShouldThrowAsync<KubernetesApiException>();

        (failure.StatusCode, failure.IsUnavailable).ShouldBe((0, true));
        fixture.Server.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("api/v1/namespaces/shop/pods/")]
    [InlineData("api/v1/namespaces/shop/pods/..")]
    [InlineData("api/v1/namespaces/shop/pods/.")]
    [InlineData("api/v1/namespaces/shop/pods/a%2Fb")]
    [InlineData("api/v1/namespaces//pods/a")]
    [InlineData("api/v1/namespaces/../pods/a")]
    [InlineData("api/v1/namespaces/a.b/pods/a")]
    [InlineData("api/v1/namespaces/shop")]
    [InlineData("api/v1/namespaces/Shop/pods/a?x=1")]
    public void APathWithAPartThatIsNoNameIsNotSent(string path) =>
        Should.Throw<ArgumentException>(() => ApiCall.OfTyped(HttpMethod.Get, path)).Message.ShouldNotContain("shop");

    [Theory]
    [InlineData("POST", "apis/authentication.k8s.io/v1/tokenreviews", "create tokenreviews", false)]
    [InlineData("POST", "apis/authorization.k8s.io/v1/selfsubjectaccessreviews?pretty=true", "create selfsubjectaccessreviews", false)]
    [InlineData("GET", "apis/coordination.k8s.io/v1/namespaces/registry/leases/leader", "get leases", false)]
    [InlineData("PUT", "apis/coordination.k8s.io/v1/namespaces/registry/leases/leader", "update leases", true)]
    [InlineData("POST", "apis/events.k8s.io/v1/namespaces/shop/events", "create events", true)]
    [InlineData("POST", "api/v1/namespaces/shop/pods", "create pods", true)]
    public void ATypedCallIsNamedByItsPath(string method, string path, string name, bool isWrite)
    {
        var call = ApiCall.OfTyped(new HttpMethod(method), path);
        (call.ToString(), call.IsWrite, call.IsFollowing).ShouldBe((name, isWrite, false));
    }
}
