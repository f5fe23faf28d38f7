using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>What callers cost the API server, and what they are told when it does not answer.</summary>
public sealed class ReviewLoadTests
{
    private const string TokenReviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    private const string Own = "/v1/registrations";

    [Fact]
    public async Task AThousandRequestsWithOneTokenAreOneTokenReview()
    {
        await using var registry = await StartAsync();
        var caller = registry.As("shop", "greeter-1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => registry.Http.CallAsync("GET", Own, headers: caller)));
        foreach (var answer in answers)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Dispose();
        }

        Reviews(registry).ShouldBe(1);
    }

    [Fact]
    public async Task AThousandRequestsWithOneBadTokenAreOneTokenReview()
    {
        await using var registry = await StartAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ =>
        {
            using var answer = await registry.Http.CallAsync("GET", Own, headers: ("Authorization", "Bearer not.a.token"));
            return (int)answer.StatusCode;
        }));
        statuses.ShouldAllBe(static status => status == 401);
        Reviews(registry).ShouldBe(1);
    }

    [Fact]
    public async Task AFloodOfGarbageTokensIsHeldBackWithoutHurtingWhoeverIsKnown()
    {
        await using var registry = await StartAsync(("Identity:FailuresPerAddress", "20"), ("Identity:FailuresForgivenPerSecond", "0.001"));
        var known = registry.As("shop", "greeter-1");
        (await registry.Http.CallAsync("GET", Own, headers: known)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var statuses = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            using var answer = await registry.Http.CallAsync("GET", Own, headers: ("Authorization", $"Bearer not.a.token{i}"));
            statuses.Add((int)answer.StatusCode);
            if ((int)answer.StatusCode == 429)
                answer.Headers.RetryAfter.ShouldNotBeNull();
        }

        statuses.Count(static status => status == 401).ShouldBe(20);
        statuses.Count(static status => status == 429).ShouldBe(80);
        Reviews(registry).ShouldBe(21);

        // Behind the same address, and at another.
        (await registry.Http.CallAsync("GET", Own, headers: known)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await registry.Http.CallAsync("GET", Own, headers: [registry.As("shop", "greeter-2"), (RemoteAddressFilter.Header, "10.0.0.2")])).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task GarbageThatComesAllAtOnceIsReviewedNoMoreThanGarbageInARow()
    {
        await using var registry = await StartAsync(("Identity:FailuresPerAddress", "20"), ("Identity:FailuresForgivenPerSecond", "0.001"));
        registry.Cluster.Faults.HoldRequests(static request => request.Path == TokenReviews);
        var calls = Enumerable.Range(0, 500).Select(async i =>
        {
            using var answer = await registry.Http.CallAsync("GET", Own, headers: ("Authorization", $"Bearer not.a.token{i}"));
            return (int)answer.StatusCode;
        }).ToList();
        await registry.Cluster.Requests.WaitUntilAsync(static request => request.Path == TokenReviews, 32, TestContext.Current.CancellationToken).Within();
        registry.Cluster.Faults.ReleaseRequests();

        var statuses = await Task.WhenAll(calls);
        statuses.ShouldAllBe(static status => status == 401 || status == 429);
        Reviews(registry).ShouldBeInRange(32, 20 + 32, "those that were on their way when the twentieth failed");
    }

    [Fact]
    public async Task WhatCannotBeOurTokenIsNotEvenAskedAbout()
    {
        await using var registry = await StartAsync();
        foreach (var token in new[] { "abc", "a.b", "a.b.c.d", "a.b c.d", registry.Token("shop", "greeter-1", "somebody-else"), registry.Token("shop", "greeter-1", lifetime: TimeSpan.FromMinutes(-5)) })
            (await registry.Http.CallAsync("GET", Own, headers: ("Authorization", $"Bearer {token}"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        Reviews(registry).ShouldBe(0);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(403)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task AnApiServerThatRefusesTheTokenReviewIs503AndNeverAYes(int status)
    {
        await using var registry = await StartAsync(("Identity:ReviewTimeout", "00:00:00.5"));
        registry.Cluster.Faults.AnswerNext(int.MaxValue, status, filter: static request => request.Path == TokenReviews);
        await ShouldBeUnavailableAsync(registry);
    }

    [Fact]
    public async Task AnApiServerThatStallsTheTokenReviewIs503AndNeverAYes()
    {
        await using var registry = await StartAsync(("Identity:ReviewTimeout", "00:00:00.5"));
        registry.Cluster.Faults.HoldRequests(static request => request.Path == TokenReviews);
        await ShouldBeUnavailableAsync(registry);
        registry.Cluster.Faults.ReleaseRequests();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("""{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","status":"yes"}""")]
    public async Task AnAnswerThatIsNoneIsNeverAYes(string body)
    {
        await using var registry = await StartAsync(("Identity:ReviewTimeout", "00:00:00.5"));
        registry.Cluster.Faults.AnswerNext(int.MaxValue, 201, body: body, filter: static request => request.Path == TokenReviews);
        await ShouldBeUnavailableAsync(registry);
    }

    [Fact]
    public async Task RetryAfterIsSpread()
    {
        await using var registry = await StartAsync(("Identity:ReviewTimeout", "00:00:00.2"));
        registry.Cluster.Faults.AnswerNext(int.MaxValue, 503, filter: static request => request.Path == TokenReviews);
        var waits = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            using var answer = await registry.Http.CallAsync("GET", Own, headers: registry.As("shop", "greeter-1"));
            return answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        }));
        waits.Distinct().Count().ShouldBeGreaterThan(1);
        waits.ShouldAllBe(static wait => wait >= 1 && wait <= 10);
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("shop", "greeter-2", "10.0.0.2");
        }, settings);
        await registry.SeenAsync("shop", "greeter-1", "greeter-2");
        return registry;
    }

    private static async Task ShouldBeUnavailableAsync(FencedRegistry registry)
    {
        var before = registry.Written();
        using var answer = await registry.RegisterAsync("shop", "greeter-1");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, text);
        ((string?)JsonNode.Parse(text)!["code"]).ShouldBe("api-server-unavailable");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        answer.Headers.RetryAfter.ShouldNotBeNull();
        registry.Written().ShouldBe(before);
    }

    private static int Reviews(FencedRegistry registry) => registry.Cluster.Requests.Count(static request => request.Path == TokenReviews);
}
