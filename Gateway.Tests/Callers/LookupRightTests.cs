using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary><c>Access:Lookup=Rbac</c>: nobody reads what is not his (contract, section 4).</summary>
public sealed class LookupRightTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("/v1/namespaces/{0}/services/greeting/instances")]
    [InlineData("/v1/namespaces/{0}/services/greeting/instances?zone=&protocol=http")]
    [InlineData("/v1/namespaces/{0}/services/greeting/instances?status=any")]
    [InlineData("/v1/namespaces/{0}/services/greeting/pick")]
    [InlineData("/v1/namespaces/{0}/services/greeting/watch?timeout=1s")]
    [InlineData("/v1/watch?service={0}/greeting&timeout=1s")]
    [InlineData("/v1/watch?namespace={0}&timeout=1s")]
    public async Task EveryWayToReadTakesTheRightInThatNamespace(string path)
    {
        await using var registry = await StartAsync();
        var reader = registry.As("shop", "greeter-1");
        async Task<int> StatusAsync(string ns, params (string, string)[] headers)
        {
            using var answer = await registry.Http.CallAsync("GET", string.Format(System.Globalization.CultureInfo.InvariantCulture, path, ns), headers: headers);
            return (int)answer.StatusCode;
        }

        (await StatusAsync("shop", reader)).ShouldBe(200);
        (await StatusAsync("billing", reader)).ShouldBe(403);
        (await StatusAsync("shop")).ShouldBe(401);
        (await StatusAsync("shop", registry.As("billing", "biller-1"))).ShouldBe(403);
    }

    [Fact]
    public async Task OneInstanceIsReadWithTheSameRight()
    {
        await using var registry = await StartAsync();
        var reader = registry.As("shop", "greeter-1");
        foreach (var (ns, pod, status) in new[] { ("shop", "greeter-1", HttpStatusCode.OK), ("billing", "biller-1", HttpStatusCode.Forbidden) })
        {
            var key = registry.Own(ns, pod).Keys.Single();
            using var answer = await registry.Http.CallAsync("GET", $"/v1/namespaces/{ns}/services/greeting/instances/{key[^32..]}", headers: reader);
            answer.StatusCode.ShouldBe(status);
        }
    }

    [Fact]
    public async Task TheListHoldsWhatMayBeRead()
    {
        await using var registry = await StartAsync();
        async Task<IEnumerable<string>> ListAsync(string query, params (string, string)[] headers)
        {
            using var answer = await registry.Http.CallAsync("GET", $"/v1/services{query}", headers: headers);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
            return JsonNode.Parse(text)!["items"]!.AsArray().Select(static item => $"{item!["namespace"]}/{item["name"]}");
        }

        var reader = registry.As("shop", "greeter-1");
        (await ListAsync("", reader)).ShouldBe(["shop/greeting"]);
        (await ListAsync("?namespace=billing", reader)).ShouldBeEmpty();
        (await ListAsync("", registry.As("billing", "biller-1"))).ShouldBeEmpty("it has no right anywhere");
        using var bare = await registry.Http.CallAsync("GET", "/v1/services");
        bare.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task AStreamOfManyServicesTakesTheRightInEachNamespace()
    {
        await using var registry = await StartAsync();
        var reader = registry.As("shop", "greeter-1");
        using (var refused = await registry.Http.CallAsync("GET", "/v1/watch?service=shop/greeting&service=billing/greeting", headers: reader))
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        registry.Grant("billing", "guests", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        registry.Grant("billing", "hosts", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        registry.Grant("shop", "guests", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        using var allowed = await registry.Http.CallAsync("GET", "/v1/watch?service=shop/greeting&service=billing/greeting&timeout=1s", headers: registry.As("billing", "biller-1"));
        allowed.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/v1/namespaces/billing/services/greeting/watch")]
    [InlineData("/v1/watch?service=shop/greeting&service=billing/greeting")]
    public async Task ARightThatIsTakenAwayEndsTheStreamWithinTheCachesTime(string path)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        registry.Grant("billing", "guests", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        using var answer = await registry.Http.CallAsync("GET", path, headers: registry.As("shop", "greeter-1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");
        var asked = Reviews(registry);

        registry.Cluster.Objects.Remove(ResourceKinds.RoleBindings, "billing", "guests").ShouldBeTrue();
        Reviews(registry).ShouldBe(asked, "what was answered holds for its time");
        time.Advance(Period);
        var problem = UntilAsync(lines, "event: problem");
        while (!problem.IsCompleted)
        {
            // Lets the stream's own clock fire, should it have been armed after the time was moved; no time passes.
            time.Advance(TimeSpan.Zero);
            (await registry.Http.GetAsync("/livez", TestContext.Current.CancellationToken)).Dispose();
        }

        await problem;
        var rest = await lines.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
        rest.ShouldContain("\"code\":\"forbidden\"");
        rest.ShouldNotContain("event:", Case.Sensitive, "it is the last");
    }

    [Fact]
    public async Task AnApiServerThatCannotBeAskedEndsNoStreamAndOpensNone()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        var reader = registry.As("shop", "greeter-1");
        using var answer = await registry.Http.CallAsync("GET", "/v1/namespaces/shop/services/greeting/watch", headers: reader);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");

        registry.Cluster.Faults.AnswerNext(int.MaxValue, 403, filter: static request => request.Path.EndsWith("reviews", StringComparison.Ordinal));
        time.Advance(Period);
        await registry.Logs.WaitForAsync(1401);
        using var refused = await registry.Http.CallAsync("GET", "/v1/namespaces/shop/services/greeting/instances", headers: reader);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();

        // The stream goes on: what happens next is told.
        registry.Cluster.Player.SetReady("shop", "greeter-1", false);
        await UntilAsync(lines, "event: removed");
    }

    [Fact]
    public async Task ThreeUnansweredChecksEndTheStream()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        var reader = registry.As("shop", "greeter-1");
        const string Path = "/v1/namespaces/shop/services/greeting/watch";
        using var answer = await registry.Http.CallAsync("GET", Path, headers: reader);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");
        registry.Cluster.Faults.AnswerNext(int.MaxValue, 403, filter: static request => request.Path.EndsWith("reviews", StringComparison.Ordinal));

        var (goaway, begun) = (UntilAsync(lines, "event: goaway"), time.GetUtcNow());
        while (!goaway.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            (await registry.Http.GetAsync("/livez", TestContext.Current.CancellationToken)).Dispose();
        }

        (time.GetUtcNow() - begun).ShouldBeGreaterThanOrEqualTo(3 * Period);
        await goaway;
        var rest = await lines.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
        rest.ShouldNotContain("event:", Case.Sensitive, "it is the last");

        // An EventSource comes back later; a 503 would end it.
        using var again = await registry.Http.CallAsync("GET", Path, headers: [reader, ("Accept", "text/event-stream")]);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within()).ShouldContain("event: goaway");
    }

    [Fact]
    public async Task ADenialIsNotHiddenByAnotherNamespacesMissingAnswer()
    {
        await using var registry = await StartAsync();
        static bool IsReview(Gateway.Emulator.Http.ObservedRequest request) => request.Path.EndsWith("/subjectaccessreviews", StringComparison.Ordinal);
        async Task<int> StatusAsync(string query)
        {
            using var answer = await registry.Http.CallAsync("GET", $"/v1/watch?{query}", headers: registry.As("billing", "biller-1"));
            return (int)answer.StatusCode;
        }

        // Whichever namespace is asked first has no answer; the other is denied.
        registry.Cluster.Faults.AnswerNext(1, 403, filter: IsReview);
        (await StatusAsync("service=registry/a&service=shop/greeting")).ShouldBe(403);
        registry.Cluster.Faults.AnswerNext(1, 403, filter: IsReview);
        (await StatusAsync("service=billing/a")).ShouldBe(503);
    }

    [Fact]
    public async Task AReviewThatIsNotAnsweredHoldsNoStreamUpForLong()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        using var answer = await registry.Http.CallAsync(
            "GET", "/v1/namespaces/shop/services/greeting/watch", headers: registry.As("shop", "greeter-1"));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");

        registry.Cluster.Faults.HoldRequests(static request => request.Path.EndsWith("reviews", StringComparison.Ordinal));
        var asking = time.WaitForTimerAsync(TimeSpan.FromSeconds(2.5));
        time.Advance(Period);
        while (!asking.IsCompleted)
        {
            // As above: no time passes.
            time.Advance(TimeSpan.Zero);
            (await registry.Http.GetAsync("/livez", TestContext.Current.CancellationToken)).Dispose();
        }

        await asking;
        registry.Cluster.Player.SetReady("shop", "greeter-1", false);
        time.Advance(TimeSpan.FromSeconds(2.5));
        await UntilAsync(lines, "event: removed");
        registry.Cluster.Faults.ReleaseRequests();
    }

    [Fact]
    public async Task NamedNamespacesAreAskedUpToTheFirstDenialAndAreAtMostFifty()
    {
        await using var registry = await StartAsync(prepare: static world => Namespaces(world, 50));
        var reader = registry.As("shop", "greeter-1");
        async Task<int> StatusAsync(int count)
        {
            var services = string.Concat(Enumerable.Range(0, count).Select(static i => $"&service=ns-{i}/greeting"));
            return (int)(await registry.Http.CallAsync("GET", $"/v1/watch?timeout=1s{services}", headers: reader)).StatusCode;
        }

        var before = Reviews(registry);
        (await StatusAsync(50)).ShouldBe(403);
        (Reviews(registry) - before).ShouldBe(1);
        (await StatusAsync(51)).ShouldBe(400);
        (Reviews(registry) - before).ShouldBe(1, "nothing more was asked");
        (await StatusAsync(1)).ShouldBe(403);
    }

    [Fact]
    public async Task AListOfWhoMayReadEverythingIsOneReview()
    {
        await using var registry = await StartAsync();
        registry.GrantEverywhere("readers", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        var before = Reviews(registry);
        using var answer = await registry.Http.CallAsync("GET", "/v1/services", headers: registry.As("billing", "biller-1"));
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["items"]!.AsArray().Count.ShouldBe(2);
        (Reviews(registry) - before).ShouldBe(1);
    }

    [Fact]
    public async Task ALongPollIsAuthorisedAgainBeforeItAnswers()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await StartAsync(time);
        registry.Grant("billing", "guests", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        var reader = registry.As("shop", "greeter-1");
        const string Path = "/v1/namespaces/billing/services/greeting/instances";
        using var first = await registry.Http.CallAsync("GET", Path, headers: reader);
        var index = (string)JsonNode.Parse(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["revision"]!;
        var armed = time.WaitForTimerAsync(TimeSpan.FromMinutes(2));
        var poll = registry.Http.CallAsync("GET", $"{Path}?index={Uri.EscapeDataString(index)}&wait=2m", headers: reader);
        await armed.Within();

        registry.Cluster.Objects.Remove(ResourceKinds.RoleBindings, "billing", "guests").ShouldBeTrue();
        time.Advance(Period);
        registry.Cluster.Player.SetReady("billing", "biller-1", false);
        using var answer = await poll.Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("10.0.0.2");
    }

    [Fact]
    public async Task ANamespaceThatTheClusterDoesNotHaveIsDeniedWithoutAReview()
    {
        await using var registry = await StartAsync();
        registry.GrantEverywhere("readers", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        var before = Reviews(registry);
        foreach (var path in new[] { "/v1/namespaces/nowhere/services/a/instances", "/v1/namespaces/nowhere/services/a/pick", "/v1/watch?namespace=nowhere", "/v1/watch?service=nowhere/a" })
        {
            using var answer = await registry.Http.CallAsync("GET", path, headers: registry.As("billing", "biller-1"));
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }

        (Reviews(registry) - before).ShouldBe(0);
    }

    [Fact]
    public async Task ANamespaceYoungerThanTheCacheIsNeitherDeniedNorAsked()
    {
        await using var registry = await StartAsync();
        var reader = registry.As("shop", "greeter-1");
        // What is in the namespace is known here, the namespace itself is not yet.
        registry.Create(ResourceKinds.Services, """{"metadata":{"name":"a","namespace":"young"},"spec":{"ports":[{"port":80}]} }""");
        registry.Create(ResourceKinds.EndpointSlices, """
            {"metadata":{"name":"a-1","namespace":"young","labels":{"kubernetes.io/service-name":"a"}},"addressType":"IPv4",
             "ports":[{"name":"","port":80,"protocol":"TCP"}],"endpoints":[{"addresses":["10.0.0.9"],"conditions":{"ready":true}}]}
            """);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("young", "a")).Instances.Length == 1, Patience.Limit);
        var before = Reviews(registry);

        foreach (var path in new[] { "/v1/namespaces/young/services/a/instances", "/v1/services" })
        {
            using var answer = await registry.Http.CallAsync("GET", path, headers: reader);
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, path);
            answer.Headers.RetryAfter.ShouldNotBeNull();
        }

        (Reviews(registry) - before).ShouldBeLessThanOrEqualTo(1, "of the whole cluster alone");
    }

    [Fact]
    public async Task AListAsksWithinABucketAndWhatWasNotAskedIsA503()
    {
        await using var registry = await StartAsync(prepare: static world =>
        {
            Namespaces(world, 40);
            for (var i = 0; i < 40; i++)
                world.Create(ResourceKinds.Services, $$"""{"metadata":{"name":"a","namespace":"ns-{{i}}"},"spec":{"selector":{"app":"a"},"ports":[{"port":80}]} }""");
        }, settings: [("Access:ListReviewBurst", "4"), ("Access:ListReviewsPerSecond", "1")]);
        registry.GrantEverywhere("readers", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.Keys.Count(static key => key.Name == "a") == 40, Patience.Limit);
        var before = Reviews(registry);

        using var answer = await registry.Http.CallAsync("GET", "/v1/services", headers: registry.As("shop", "greeter-1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("\"code\":\"overloaded\"");
        (Reviews(registry) - before).ShouldBeLessThan(40);

        using var named = await registry.Http.CallAsync("GET", "/v1/namespaces/shop/services/greeting/instances", headers: registry.As("shop", "greeter-1"));
        named.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var other = await registry.Http.CallAsync("GET", "/v1/services", headers: registry.As("billing", "biller-1"));
        other.StatusCode.ShouldBe(HttpStatusCode.OK, "another caller has a bucket of its own");
    }

    private static void Namespaces(FencedRegistry world, int count)
    {
        for (var i = 0; i < count; i++)
            world.Create(ResourceKinds.Namespaces, $$"""{"metadata":{"name":"ns-{{i}}"} }""");
    }

    private static async Task<FencedRegistry> StartAsync(TimeProvider? time = null, Action<FencedRegistry>? prepare = null, (string, string)[]? settings = null)
    {
        var registry = await FencedRegistry.StartAsync(time, world =>
        {
            prepare?.Invoke(world);
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("billing", "biller-1", "10.0.0.2");
            world.Grant("shop", "readers", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        }, [("Access:Lookup", "Rbac"), ("Leases:Enabled", "false"), .. settings ?? []]);
        await registry.SeenAsync("shop", "greeter-1");
        await registry.SeenAsync("billing", "biller-1");
        await registry.RegisteredAsync("shop", "greeter-1");
        await registry.RegisteredAsync("billing", "biller-1");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "greeting")).Instances.Length == 1 && snapshot.Find(new("billing", "greeting")).Instances.Length == 1, Patience.Limit);
        return registry;
    }

    private static int Reviews(FencedRegistry registry) =>
        registry.Cluster.Requests.Count(static request => request.Path.EndsWith("subjectaccessreviews", StringComparison.Ordinal) && !request.Path.EndsWith("selfsubjectaccessreviews", StringComparison.Ordinal));

    private static async Task UntilAsync(StreamReader lines, string wanted)
    {
        while (await lines.ReadLineAsync().WaitAsync(Patience.Limit) is { } line)
        {
            if (line == wanted)
                return;
        }

        throw new InvalidOperationException($"The stream ended without '{wanted}'.");
    }
}
