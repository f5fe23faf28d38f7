using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Callers;

/// <summary>
/// Whoever does not prove who he is, or is somebody else, is told 401 or 403 with a stable code; nothing is written to the cluster, and no token
/// shows in any log.
/// </summary>
public sealed class BadCallerTests
{
    private const string Registrations = "/v1/registrations";
    private const string Body = """{"service":"greeting","port":8080}""";
    private const string Proxy = "10.0.0.9";

    private static readonly (string, string)[] BySource = [("Identity:SourceAddress", "true")];
    private static readonly (string, string)[] BehindProxy = [("Identity:SourceAddress", "true"), ("Identity:TrustedProxies:0", Proxy)];

    private static readonly Dictionary<string, BadCallerCase> Cases = new()
    {
        ["no token"] = new(401, "pod-required", static registry => PostAsync(registry)),
        ["no token, a pod named in the body, which is not read"] = new(401, "pod-required", static registry => CallAsync(registry, "POST", Registrations, Calls.Greeting)),
        ["no token, a pod named in the query"] = new(401, "unauthenticated", static registry => CallAsync(registry, "DELETE", $"{Registrations}?namespace=shop&pod=greeter-1")),
        ["an empty header"] = new(401, "unauthenticated", static registry => RawAsync(registry, "Authorization:")),
        ["an empty token"] = new(401, "unauthenticated", static registry => RawAsync(registry, "Authorization: Bearer ")),
        ["another scheme"] = new(401, "unauthenticated", static registry => PostAsync(registry, "Basic Zm9vOmJhcg==")),
        ["no JWT"] = new(401, "unauthenticated", static registry => PostAsync(registry, "Bearer abc")),
        ["three parts of nothing"] = new(401, "unauthenticated", static registry => PostAsync(registry, "Bearer a.b.c")),
        ["a payload that is no JSON"] = new(401, "unauthenticated", static registry => PostAsync(registry, "Bearer aGVsbG8.aGVsbG8.aGVsbG8")),
        ["a forged signature"] = new(401, "unauthenticated", static registry => PostAsync(registry, $"Bearer {Forged(registry.Token("shop", "greeter-1"))}")),
        ["another pod's name in the payload"] = new(401, "unauthenticated", static registry => PostAsync(registry, $"Bearer {Rewritten(registry)}")),
        ["an expired token"] = new(401, "token-expired", static registry => PostAsync(registry, $"Bearer {registry.Token("shop", "greeter-1", lifetime: TimeSpan.FromMinutes(-5))}")),
        ["another audience"] = new(401, "unauthenticated", static registry => PostAsync(registry, $"Bearer {registry.Token("shop", "greeter-1", "somebody-else")}")),
        ["a token of the account alone"] = new(401, "pod-required", static registry => PostAsync(registry, $"Bearer {registry.Token("shop", null)}")),
        ["a token of the account alone, a pod named"] = new(403, "forbidden", static registry => CallAsync(registry, "POST", Registrations, Calls.Greeting, registry.As("shop", null))),
        ["Bearer twice"] = new(401, "unauthenticated", static registry => PostAsync(registry, $"Bearer Bearer {registry.Token("shop", "greeter-1")}")),
        ["two Authorization headers"] = new(401, "unauthenticated", static registry =>
        {
            var token = registry.Token("shop", "greeter-1");
            return RawAsync(registry, $"Authorization: Bearer {token}", $"Authorization: Bearer {token}");
        }),
        ["two tokens in one header"] = new(401, "unauthenticated", static registry =>
        {
            var token = registry.Token("shop", "greeter-1");
            return RawAsync(registry, $"Authorization: Bearer {token}, Bearer {token}");
        }),
        ["a token of 20 KB"] = new(401, "unauthenticated", static registry => PostAsync(registry, $"Bearer {new string('x', 20_000)}.x.x")),
        ["a token with control characters"] = new(401, "unauthenticated", static registry => RawAsync(registry, "Authorization: Bearer a.b.\tc\u0085d\u2028e")),
        ["a token of a deleted pod"] = Deferred(403, "pod-gone", static registry =>
        {
            var caller = registry.As("shop", "greeter-1");
            registry.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "greeter-1").ShouldBeTrue();
            return caller;
        }),
        ["a token of a pod recreated under its name"] = Deferred(403, "pod-gone", static registry =>
        {
            var caller = registry.As("shop", "greeter-1");
            registry.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "greeter-1").ShouldBeTrue();
            registry.Pod("shop", "greeter-1", "10.0.0.1");
            return caller;
        }),
        ["a remembered token of a pod recreated under its name"] = Deferred(403, "pod-gone", static registry =>
        {
            var caller = registry.As("shop", "greeter-1");
            registry.Http.CallAsync("GET", Registrations, headers: caller).Result.EnsureSuccessStatusCode();
            registry.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "greeter-1").ShouldBeTrue();
            registry.Pod("shop", "greeter-1", "10.0.0.1");
            return caller;
        }),
        ["a body that names another pod"] = new(403, "forbidden", static registry => CallAsync(registry, "POST", Registrations, Naming("shop", "greeter-2"), registry.As("shop", "greeter-1"))),
        ["a body that names another namespace"] = new(403, "forbidden", static registry => CallAsync(registry, "POST", Registrations, Naming("billing", "biller-1"), registry.As("shop", "greeter-1"))),
        ["a body that names a pod that is not there"] = new(403, "forbidden", static registry => CallAsync(registry, "POST", Registrations, Naming("billing", "nobody"), registry.As("shop", "greeter-1"))),
        ["a query that names another pod"] = new(403, "forbidden", static registry => CallAsync(registry, "DELETE", $"{Registrations}?namespace=billing&pod=biller-1", null, registry.As("shop", "greeter-1"))),
        ["reading another pod's list"] = new(403, "forbidden", static registry => CallAsync(registry, "GET", $"{Registrations}?namespace=billing&pod=biller-1", null, registry.As("shop", "greeter-1"))),

        // Found by its address; all that follow are calls from pod addresses.
        ["an address of no pod"] = From("10.0.0.77", 401, "pod-required", BySource),
        ["the address of a pod in the host's network"] = From("10.0.0.5", 401, "pod-required", BySource, prepare: static registry => registry.Pod("shop", "agent", "10.0.0.5", spec: "\"hostNetwork\":true,")),
        ["two pods with one address"] = From("10.0.0.2", 401, "ambiguous-address", BySource, prepare: static registry => registry.Pod("billing", "thief", "10.0.0.2")),
        ["loopback"] = From("127.0.0.1", 401, "pod-required", BySource),
        ["a forged X-Forwarded-For"] = From("10.0.0.2", 401, "untrusted-proxy", BySource, ("X-Forwarded-For", "10.0.0.1")),
        ["a forged chain"] = From("10.0.0.2", 401, "untrusted-proxy", BySource, ("X-Forwarded-For", "10.0.0.1, 127.0.0.1, 10.0.0.9, ::1")),
        ["a forged X-Forwarded-For over loopback"] = From("127.0.0.1", 401, "untrusted-proxy", BySource, ("X-Forwarded-For", "10.0.0.1")),
        ["a Forwarded header"] = From("10.0.0.2", 401, "untrusted-proxy", BySource, ("Forwarded", "for=10.0.0.1")),
        ["a Via header"] = From("10.0.0.2", 401, "untrusted-proxy", BySource, ("Via", "1.1 somewhere")),
        ["a proxy that is not listed, whose own pod is known"] = From("10.0.0.8", 401, "untrusted-proxy", BehindProxy, ("X-Forwarded-For", "10.0.0.1"),
            static registry => registry.Pod("shop", "ingress", "10.0.0.8")),
        ["a listed proxy that says nothing"] = From(Proxy, 401, "pod-required", BehindProxy, prepare: static registry => registry.Pod("shop", "ingress", Proxy)),
        ["a listed proxy that says no address"] = From(Proxy, 401, "untrusted-proxy", BehindProxy, ("X-Forwarded-For", "10.0.0.1, shop/greeter-1")),
        ["a chain that the listed proxy ended with somebody who is no pod"] = From(Proxy, 401, "pod-required", BehindProxy, ("X-Forwarded-For", "10.0.0.1, 192.0.2.7")),
        ["a listed proxy for an address that two pods claim"] = From(Proxy, 401, "ambiguous-address", BehindProxy, ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
            static registry => registry.Pod("billing", "thief", "10.0.0.2")),
        ["an address that names another pod"] = From("10.0.0.2", 403, "forbidden", BySource, body: Naming("shop", "greeter-1")),
        ["an address that was used again"] = new(403, "pod-gone", static registry => FromAsync(registry, "10.0.0.2"))
        {
            Settings = BySource,
            Prepare = static async registry =>
            {
                // What the replica has seen is a moment old.
                registry.Cluster.Faults.StallWatches();
                registry.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "greeter-2").ShouldBeTrue();
                registry.Pod("billing", "successor", "10.0.0.2");
                await Task.CompletedTask;
            },
        },
        ["a bad token from a good address"] = From("10.0.0.2", 401, "unauthenticated", BySource, ("Authorization", "Bearer nonsense")),
    };

    private static readonly string[] Forgers = ["X-Forwarded-For", "Forwarded", "Via", "User-Agent", "X-HTTP-Method-Override", "Last-Event-ID", "If-None-Match", "Accept", "Origin", "X-Request-ID", "traceparent"];

    public static TheoryData<string> Names => [.. Cases.Keys];

    public static TheoryData<string> Headers => [.. Forgers];

    /// <summary>Method and what follows the id of a registration of another pod.</summary>
    public static TheoryData<string, string, string?> CallsForAnother => new()
    {
        { "GET", "", null },
        { "PATCH", "", """{"weight":1}""" },
        { "DELETE", "", null },
        { "PUT", "/heartbeat", null },
        { "POST", "/heartbeat", null },
        { "POST", "/out-of-service", null },
        { "POST", "/up", null },
        { "POST", "/deregister", null },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task NothingIsWrittenAndNoTokenShows(string name)
    {
        var bad = Cases[name];
        await using var registry = await StartAsync(bad.Settings);
        await bad.Prepare(registry);
        var before = registry.Written();

        var (status, body) = await bad.Call(registry);

        status.ShouldBe(bad.Status, body);
        var problem = JsonNode.Parse(body[body.IndexOf('{', StringComparison.Ordinal)..])!;
        ((string?)problem["code"]).ShouldBe(bad.Code, body);
        registry.Written().ShouldBe(before);
        ShouldBeClean(registry);
    }

    [Theory]
    [MemberData(nameof(CallsForAnother))]
    public async Task ARegistrationOfAnotherPodIsForbidden(string method, string rest, string? body)
    {
        await using var registry = await StartAsync([]);
        var id = await registry.RegisteredAsync("shop", "greeter-1");
        var before = registry.Written();

        foreach (var caller in new[] { registry.As("shop", "greeter-2"), registry.As("billing", "biller-1"), registry.As("shop", null) })
        {
            var (status, text) = await CallAsync(registry, method, $"{Registrations}/{id}{rest}", body, caller);
            status.ShouldBe(403, text);
            text.ShouldContain("\"code\":\"forbidden\"");
        }

        var (bare, _) = await CallAsync(registry, method, $"{Registrations}/{id}{rest}", body);
        bare.ShouldBe(401);
        registry.Written().ShouldBe(before);
        ShouldBeClean(registry);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task WhateverAHeaderHoldsALineOfTheLogIsALine(string header)
    {
        await using var registry = await StartAsync(BehindProxy);
        var before = registry.Written();
        // Encoded line breaks, line separators of Unicode, one that turns the line round, and characters of two bytes and four.
        var evil = "%0d%0aINJECTED \\r\\nINJECTED \u0085INJECTED \u2028INJECTED \u202eINJECTED ünï \U0001f600";
        foreach (var from in new[] { Proxy, "10.0.0.2", "127.0.0.1" })
        {
            var (status, text) = await RawHttp.SendAsync(
                registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", [$"{RemoteAddressFilter.Header}: {from}", "Authorization: Bearer a.b.c", $"{header}: {evil}"], Body);
            // In mode Kubeconfig an Origin that is not the gateway's own is refused before anything else.
            status.ShouldBeOneOf(header switch { "X-HTTP-Method-Override" => 400, "Origin" => 403, _ => 401 }, 401);
            text.ShouldContain("application/problem+json");
        }

        registry.Written().ShouldBe(before);
        ShouldBeClean(registry);
    }

    [Theory]
    [InlineData("X-Forwarded-For: 10.0.0.1\rINJECTED")]
    [InlineData("X-Forwarded-For: 10.0.0.1\r\n INJECTED")]
    [InlineData("X-Forwarded-For: 10.0.0.1\0INJECTED")]
    [InlineData("X Forwarded For: 10.0.0.1")]
    [InlineData("Content-Length: 5")]
    public async Task AHeaderThatIsNoneEndsTheRequest(string line)
    {
        await using var registry = await StartAsync(BehindProxy);
        var before = registry.Written();
        var (status, _) = await RawHttp.SendAsync(registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", [line], Body);
        status.ShouldBe(400);
        registry.Written().ShouldBe(before);
        ShouldBeClean(registry);
    }

    [Theory]
    [InlineData("GET /v1/registrations/%0d%0aINJECTED HTTP/1.1")]
    [InlineData("GET /v1/registrations?pod=%0d%0aINJECTED&namespace=shop HTTP/1.1")]
    [InlineData("GET /v1/%e2%80%a8INJECTED HTTP/1.1")]
    [InlineData("DELETE /v1/registrations/%0aINJECTED%1b%5b2J HTTP/1.1")]
    public async Task ALineBreakInThePathStaysOne(string requestLine)
    {
        await using var registry = await StartAsync([]);
        var token = registry.As("shop", "greeter-1").Value;
        var (status, text) = await RawHttp.SendAsync(registry.Http.BaseAddress!, requestLine, [$"Authorization: {token}"]);
        status.ShouldBeOneOf(400, 404);
        text.ShouldNotContain("INJECTED\n");
        registry.Own("shop", "greeter-1").ShouldBeEmpty();
        ShouldBeClean(registry);
    }

    private static async Task<FencedRegistry> StartAsync((string, string)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("shop", "greeter-2", "10.0.0.2");
            world.Pod("billing", "biller-1", "10.0.0.3");
        }, settings);
        await registry.SeenAsync("shop", "greeter-1", "greeter-2");
        await registry.SeenAsync("billing", "biller-1");
        return registry;
    }

    /// <summary>No token and no signature in any line, at any level; no line that somebody else broke.</summary>
    private static void ShouldBeClean(FencedRegistry registry)
    {
        var secrets = registry.Tokens.SelectMany(static token => new[] { token, token.Split('.')[2] }).ToList();
        foreach (var line in registry.Logs.Lines)
        {
            secrets.ShouldAllBe(secret => !line.Text.Contains(secret, StringComparison.Ordinal), line.Text);
            // What the framework says of each request below Warning is switched off as shipped.
            if (!line.Category.StartsWith("Gateway", StringComparison.Ordinal) && line.Level < LogLevel.Warning)
                continue;
            var broken = line.Text.AsSpan().IndexOf("INJECTED", StringComparison.Ordinal);
            if (broken > 0)
                line.Text[..broken].ShouldAllBe(static c => c >= ' ' && c <= '~', line.Text);
        }
    }

    private static BadCallerCase Deferred(int status, string code, Func<FencedRegistry, (string Name, string Value)> prepare)
    {
        var caller = ("", "");
        return new BadCallerCase(status, code, registry => CallAsync(registry, "POST", Registrations, Body, caller))
        {
            Prepare = registry =>
            {
                caller = prepare(registry);
                return Task.CompletedTask;
            },
        };
    }

    private static BadCallerCase From(
        string address, int status, string code, (string, string)[] settings, (string Name, string Value)? header = null,
        Action<FencedRegistry>? prepare = null, string body = Body) =>
        new(status, code, registry => FromAsync(registry, address, header, body))
        {
            Settings = settings,
            Prepare = async registry =>
            {
                if (prepare is null)
                    return;
                prepare(registry);
                foreach (var pod in registry.Cluster.Storage.List(ResourceKinds.Pods))
                    await registry.SeenAsync(pod.Namespace, pod.Name);
            },
        };

    private static Task<(int, string)> FromAsync(FencedRegistry registry, string address, (string Name, string Value)? header = null, string body = Body) =>
        CallAsync(registry, "POST", Registrations, body, header is { } one ? [(RemoteAddressFilter.Header, address), one] : [(RemoteAddressFilter.Header, address)]);

    private static Task<(int, string)> PostAsync(FencedRegistry registry, string? authorization = null) =>
        CallAsync(registry, "POST", Registrations, Body, authorization is null ? [] : [("Authorization", authorization)]);

    private static async Task<(int, string)> CallAsync(FencedRegistry registry, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await registry.Http.CallAsync(method, path, body, headers: headers);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Task<(int, string)> RawAsync(FencedRegistry registry, params string[] headers) =>
        RawHttp.SendAsync(registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", headers, Body);

    private static string Naming(string ns, string pod) => $$"""{"namespace":"{{ns}}","pod":"{{pod}}","service":"greeting","port":8080}""";

    private static string Forged(string token) => token[..^10] + new string(token[^10..].Select(static c => c == 'A' ? 'B' : 'A').ToArray());

    private static string Rewritten(FencedRegistry registry)
    {
        var parts = registry.Token("shop", "greeter-2").Split('.');
        var payload = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]))
            .Replace("greeter-2", "greeter-1", StringComparison.Ordinal)
            .Replace(registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-2")!.Uid, registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Uid, StringComparison.Ordinal);
        return $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{parts[2]}";
    }
}
