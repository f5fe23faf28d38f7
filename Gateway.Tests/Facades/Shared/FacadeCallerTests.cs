namespace Gateway.Tests.Facades.Shared;

/// <summary>Who calls a facade, which one namespace it sees, and what is counted of it.</summary>
public sealed class FacadeCallerTests
{
    private const string One = "10.0.0.1";
    private const string Stranger = "192.0.2.9";
    private const string Orders = "200 orders 10.0.0.1:8080 UP - orders-8080";
    private const string Bills = "200 bills 10.0.0.2:8080 UP - bills-8080";

    [Fact]
    public async Task AReadShowsOneNamespace()
    {
        await using var world = await StartAsync(("Facades:Aliases:5f0c", "billing"));

        (await world.CallAsync("GET", "/probe", One)).ShouldBe(Orders, "the proved caller's");
        (await world.CallAsync("GET", "/probe?ns=billing", One)).ShouldBe(Bills, "the protocol's own");
        (await world.CallAsync("GET", "/probe?ns=5f0c", One)).ShouldBe(Bills, "through an alias");
        (await world.CallAsync("GET", "/ns/billing/probe", One)).ShouldBe(Bills, "the path's");
        (await world.CallAsync("GET", "/ns/5f0c/probe/", One)).ShouldBe(Bills, "the path's, through an alias, with a slash");
        (await world.CallAsync("GET", "/ns/billing/probe2?ns=shop", One)).ShouldBe(Orders, "the protocol's own before the path's");
        (await world.CallAsync("GET", "/ns/shop/probe", Stranger)).ShouldBe(Orders);
        (await world.CallAsync("GET", "/probe", Stranger)).ShouldBe("400 invalid-parameter");
        (await world.CallAsync("GET", "/probe?ns=Shop", One)).ShouldBe("400 invalid-parameter");
        (await world.CallAsync("GET", "/probe?ns=*", One)).ShouldBe("400 invalid-parameter");
        (await world.CallAsync("GET", "/probe?ns=kube-system", One)).ShouldBe("403 forbidden");
        (await world.CallAsync("GET", "/ns/kube-public/probe", One)).ShouldBe("403 forbidden");
    }

    [Fact]
    public async Task WithoutAnythingElseTheSettingNamesIt()
    {
        await using var world = await StartAsync(("Facades:Namespace", "billing"));

        (await world.CallAsync("GET", "/probe", Stranger)).ShouldBe(Bills);
        (await world.CallAsync("GET", "/probe", One)).ShouldBe(Orders);
        (await world.CallAsync("GET", "/probe", One, ("X-Forwarded-For", Stranger))).ShouldBe(Bills, "a proxy is no pod");
    }

    [Fact]
    public async Task SourcesLeaveInstancesOut()
    {
        await using var world = await StartAsync(("Facades:Sources:0", "declared"));

        (await world.CallAsync("GET", "/probe", One)).ShouldBe("200 ");
    }

    [Fact]
    public async Task ANamespaceThatIsNotWatchedIsRefused()
    {
        await using var world = await ProbeWorld.StartAsync(("Kubernetes:Namespaces:0", "shop"));

        (await world.CallAsync("GET", "/probe?ns=billing", Stranger)).ShouldBe("422 not-watched");
    }

    [Fact]
    public async Task TheTokenInTheProtocolsOwnPlaceIsReviewedAndNeverFallsThrough()
    {
        await using var world = await StartAsync();
        (string, string) good = (ProbeFacade.Token, world.Token("orders-1"));

        (await world.CallAsync("GET", "/probe/own", Stranger, good)).ShouldBe(Orders);
        (await world.CallAsync("PUT", "/probe/orders-8080/beat", Stranger, good)).ShouldBe("200 Renewed");
        (await world.CallAsync("GET", "/probe/own", "10.0.0.2", good)).ShouldBe(Orders, "the token goes before the address");
        foreach (var wrong in new[] { "x", "a.b.c", "", "secret password", world.Cluster.IssueToken("shop", "default", "orders-1", ["other"]) })
        {
            (await world.CallAsync("GET", "/probe", One, (ProbeFacade.Token, wrong))).ShouldBe("401 unauthenticated", wrong);
            (await world.CallAsync("POST", "/probe/x?service=x", One, (ProbeFacade.Token, wrong))).ShouldBe("401 unauthenticated", wrong);
            (await world.CallAsync("PUT", "/probe/orders-8080/beat", One, (ProbeFacade.Token, wrong))).ShouldBe("401 unauthenticated", wrong);
        }

        (await world.CallAsync("POST", "/probe/x?service=x", One, ("Authorization", "Basic dTpw"))).ShouldBe("401 unauthenticated");
        (await world.CallAsync("POST", "/probe/x?service=x", Stranger, (ProbeFacade.Token, world.Cluster.IssueToken("shop", "default", null, ["registry-gateway"])))).ShouldBe("401 pod-required");
        (await world.CallAsync("POST", "/probe/x?service=x", Stranger)).ShouldBe("401 pod-required");
        (await world.CallAsync("DELETE", "/probe/orders-8080", Stranger)).ShouldBe("401 pod-required");
        world.Own("orders-1").Count.ShouldBe(1);
    }

    [Fact]
    public async Task ATokenThatExpiresIsRefusedAndWasCountedBefore()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time);
        (string, string) token = (ProbeFacade.Token, world.Token("orders-1", lifetime: TimeSpan.FromHours(2)));
        (await world.CallAsync("PUT", "/probe/orders-8080/beat", Stranger, token)).ShouldBe("200 Renewed");
        (await ExpiringAsync(world)).ShouldBe("0");

        time.Advance(TimeSpan.FromMinutes(90));
        (await ExpiringAsync(world)).ShouldBe("1");
        time.Advance(TimeSpan.FromMinutes(31));

        (await world.CallAsync("PUT", "/probe/orders-8080/beat", Stranger, token)).ShouldBe("401 token-expired");
        (await ExpiringAsync(world)).ShouldBe("0");
    }

    [Fact]
    public async Task UnknownPathsAndMethodsAreAnsweredInTheProtocolsFormCountedAndLoggedOnce()
    {
        await using var world = await StartAsync();

        foreach (var (method, path) in new[] { ("GET", "/probe/a/b/c"), ("GET", "/probe/a/b/c"), ("PATCH", "/probe/own"), ("GET", "/ns/shop/probe/a/b"), ("POST", "/probe") })
            (await world.CallAsync(method, path, One, ("User-Agent", "curl/8.5.0"))).ShouldBe("404 no such probe", path);

        var metrics = await world.First.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        metrics.ShouldContain("""registry_gateway_facade_unknown_paths_total{facade="probe"} 5""");
        metrics.ShouldContain("""registry_gateway_facade_calls_total{client="curl/8.5",facade="probe",operation="unknown"} 5""");
        world.Logs.Ids.Count(static id => id == 1930).ShouldBe(4);
    }

    [Fact]
    public async Task ClientsAreCountedByFamilyAndVersionAndStrangersAsOthers()
    {
        await using var world = await StartAsync();
        for (var i = 0; i < 100; i++)
            await world.CallAsync("GET", "/probe", One, ("User-Agent", $"curl/{i}.0"));
        await world.CallAsync("GET", "/probe", One, ("User-Agent", "evil\"} 1"));
        await world.CallAsync("GET", "/probe", One, ("User-Agent", "Java-EurekaClient/v1.10.17"));

        var metrics = await world.First.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        metrics.Split('\n').Count(static line => line.StartsWith("registry_gateway_facade_calls_total{", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(40);
        metrics.ShouldContain("client=\"other\"");
        metrics.ShouldNotContain("evil");
    }

    [Fact]
    public async Task WhileTheRegistryIsReadOnlyHeartbeatsGoOnAndNothingIsWritten()
    {
        var frozen = await ProbeWorld.StartAsync(("Registry:ReadOnly", "true"));
        await using var ending = frozen;
        await frozen.PodAsync("orders-1", One);

        (await frozen.CallAsync("POST", "/probe/x?service=x", One)).ShouldBe("503 read-only");
        (await frozen.CallAsync("PUT", "/probe/x/beat", One)).ShouldBe("200 Unknown");
        frozen.Own("orders-1").ShouldBeEmpty();
    }

    private static async Task<string> ExpiringAsync(ProbeWorld world)
    {
        var metrics = await world.First.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var lines = metrics.Split('\n').Where(static line => line.StartsWith("registry_gateway_facade_expiring_callers", StringComparison.Ordinal)).ToList();
        return lines.ShouldHaveSingleItem(metrics).Split(' ')[1];
    }

    private static Task<ProbeWorld> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    private static async Task<ProbeWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var world = await ProbeWorld.StartAsync(time, settings);
        await world.PodAsync("orders-1", One);
        await world.PodAsync("bills-1", "10.0.0.2", "billing");
        await world.CallAsync("POST", "/probe/orders-8080?service=orders", One);
        await world.CallAsync("POST", "/probe/bills-8080?service=bills", "10.0.0.2");
        return world;
    }
}
