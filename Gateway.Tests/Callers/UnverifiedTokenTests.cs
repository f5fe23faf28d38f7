using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Http;
using Gateway.Tests.Api;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Callers;

/// <summary>What callers can make the gateway do by tokens and names that nobody vouched for: nothing at the API server, and less and less here.</summary>
public sealed class UnverifiedTokenTests
{
    private const string Registrations = "/v1/registrations";
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task AForgedTokenThatNamesWhatIsNoPodIs401AndNotOneRequest()
    {
        await using var registry = await StartAsync();
        foreach (var row in ForgedClaimsTests.NoNames)
        {
            var (ns, pod) = row.Data;
            (await CallAsync(registry, Forged(ns, pod))).ShouldBe((401, "unauthenticated"), $"'{ns}' '{pod}'");
        }

        Asked(registry).ShouldBe(0);
        registry.Logs.Lines.ShouldNotContain(static line => line.Id == 1800);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("shop", "greeter-9")]
    public async Task ThreeHundredForgedTokensFromOneAddressEndIn429(string ns, string pod)
    {
        await using var registry = await StartAsync(("Identity:FailuresForgivenPerSecond", "0.001"));
        var known = registry.As("shop", "greeter-1");
        (await registry.Http.CallAsync("GET", Registrations, headers: known)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var statuses = new List<int>();
        for (var i = 0; i < 300; i++)
            statuses.Add((await CallAsync(registry, Forged(ns, pod, i))).Status);

        statuses.Take(100).ShouldAllBe(status => status == (pod.Length == 0 ? 401 : 403));
        statuses.Skip(100).ShouldAllBe(static status => status == 429);
        registry.Cluster.Requests.Count(static request => request.Method == "GET" && request.Path.Contains("/pods/", StringComparison.Ordinal)).ShouldBe(0);

        // Behind the same address, and at another.
        (await registry.Http.CallAsync("GET", Registrations, headers: known)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CallAsync(registry, Forged("", "", 301), "10.0.0.2")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task OneHostsManyIpv6AddressesAreOneCaller()
    {
        await using var registry = await StartAsync(("Identity:FailuresPerAddress", "10"), ("Identity:FailuresForgivenPerSecond", "0.001"));
        var statuses = new List<int>();
        for (var i = 0; i < 20; i++)
            statuses.Add((await CallAsync(registry, Forged("", "", i), $"2001:db8:0:1::{i + 1:x}")).Status);

        statuses.Take(10).ShouldAllBe(static status => status == 401);
        statuses.Skip(10).ShouldAllBe(static status => status == 429);
        (await CallAsync(registry, Forged("", "", 21), "2001:db8:0:2::1")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task APayloadThatNoIssuerWritesIs401AndOneLineOfTheLog()
    {
        await using var registry = await StartAsync(("Identity:FailuresPerAddress", "1000"));
        foreach (var row in HostilePayloadTests.Payloads)
        {
            var token = $"e30.{Base64Url.EncodeToString(Encoding.Latin1.GetBytes(row.Data))}.c2ln";
            // What is longer than a header may be does not come as far.
            if (token.Length < 30_000)
                (await CallAsync(registry, token)).ShouldBe((401, "unauthenticated"), row.Data);
        }

        registry.Logs.Lines.ShouldNotContain(static line => line.Id == 1800);
        registry.Logs.Lines.Count(static line => line.Id == 1402).ShouldBe(1);
    }

    [Fact]
    public async Task FailuresByAnApiServerThatIsAwayCountToo()
    {
        await using var registry = await StartAsync(
            ("Identity:ReviewTimeout", "00:00:00.2"), ("Identity:FailuresPerAddress", "3"), ("Identity:FailuresForgivenPerSecond", "0.001"));
        registry.Cluster.Faults.AnswerNext(int.MaxValue, 503, filter: static request => request.Path.EndsWith("/tokenreviews", StringComparison.Ordinal));
        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
            statuses.Add((await CallAsync(registry, Forged("shop", "greeter-1", i))).Status);
        statuses.ShouldBe([503, 503, 503, 429, 429, 429]);
    }

    [Theory]
    [InlineData("GET", Registrations)]
    [InlineData("DELETE", Registrations)]
    [InlineData("GET", $"{Registrations}/{Id}")]
    [InlineData("PATCH", $"{Registrations}/{Id}")]
    [InlineData("DELETE", $"{Registrations}/{Id}")]
    [InlineData("PUT", $"{Registrations}/{Id}/heartbeat")]
    [InlineData("POST", $"{Registrations}/{Id}/up")]
    public async Task ANameThatIsNoneIsItsCallersMistake(string method, string path)
    {
        await using var registry = await StartAsync();
        var user = registry.As("shop", null);
        foreach (var row in ForgedClaimsTests.NoNames)
        {
            var (ns, pod) = row.Data;
            var body = method == "PATCH" ? """{"weight":1}""" : null;
            using var answer = await registry.Http.CallAsync(
                method, $"{path}?namespace={Uri.EscapeDataString(ns)}&pod={Uri.EscapeDataString(pod)}", body, headers: user);
            ((int)answer.StatusCode).ShouldBe(400, $"'{ns}' '{pod}'");
        }

        Asked(registry).ShouldBe(0);
    }

    [Fact]
    public async Task ANameInABodyThatIsNoneIsItsCallersMistake()
    {
        await using var registry = await StartAsync();
        var user = registry.As("shop", null);
        foreach (var row in ForgedClaimsTests.NoNames)
        {
            var (ns, pod) = row.Data;
            var body = new JsonObject { ["namespace"] = ns, ["pod"] = pod, ["service"] = "greeting", ["port"] = 8080 }.ToJsonString();
            using var answer = await registry.Http.CallAsync("POST", Registrations, body, headers: user);
            ((int)answer.StatusCode).ShouldBe(422, $"'{ns}' '{pod}'");
        }

        registry.Cluster.Requests.Count(IsPod).ShouldBe(0);
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

    private static async Task<(int Status, string Code)> CallAsync(FencedRegistry registry, string token, string address = "10.0.0.9")
    {
        using var answer = await registry.Http.CallAsync("GET", Registrations, headers: [("Authorization", $"Bearer {token}"), (RemoteAddressFilter.Header, address)]);
        if ((int)answer.StatusCode is 429 or 503)
            answer.Headers.RetryAfter.ShouldNotBeNull();
        return ((int)answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]!);
    }

    /// <summary>Requests that a caller alone can have been the reason for.</summary>
    private static int Asked(FencedRegistry registry) => registry.Cluster.Requests.Count(static request =>
        request.Path.EndsWith("/tokenreviews", StringComparison.Ordinal) || IsPod(request));

    private static bool IsPod(LoggedRequest request) => request.Path.Contains("/pods/", StringComparison.Ordinal)
        || (request.Path.StartsWith("/api/v1", StringComparison.Ordinal) && !request.Query.Contains('='));

    private static string Forged(string ns, string pod, int id = 0) => IdentityWorld.Jwt(new Dictionary<string, object>
    {
        ["aud"] = "registry-gateway",
        ["exp"] = 4_000_000_000,
        ["jti"] = id.ToString(CultureInfo.InvariantCulture),
        ["kubernetes.io"] = new { @namespace = ns, pod = new { name = pod, uid = "u" } },
    });
}
