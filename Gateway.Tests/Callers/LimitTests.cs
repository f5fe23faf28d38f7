using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Callers;
using Gateway.Core.Identity;
using Gateway.Tests.Api;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Callers;

/// <summary>How much of a replica one caller, and all together, may take.</summary>
public sealed class LimitTests
{
    private const string Watch = "/v1/watch?namespace=shop";

    [Fact]
    public async Task APodThatWritesTooOftenIsTold429AndOthersGoOn()
    {
        await using var registry = await StartAsync(("Limits:WriteBurst", "3"), ("Limits:WritesPerSecond", "1"));
        var statuses = new List<int>();
        var before = "";
        foreach (var service in new[] { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" })
        {
            before = registry.Written();
            using var answer = await registry.RegisterAsync("shop", "greeter-1", service);
            statuses.Add((int)answer.StatusCode);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests)
                continue;
            answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
            ((string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]).ShouldBe("rate-limited");
            registry.Written().ShouldBe(before);
        }

        statuses.Take(3).ShouldAllBe(static status => status == 201);
        statuses.ShouldContain(429);
        (await registry.RegisterAsync("shop", "greeter-2")).StatusCode.ShouldBe(HttpStatusCode.Created);

        // The bucket fills up again by itself.
        HttpStatusCode again;
        do
        {
            using var answer = await registry.RegisterAsync("shop", "greeter-1", "later");
            again = answer.StatusCode;
        }
        while (again == HttpStatusCode.TooManyRequests);
        again.ShouldBe(HttpStatusCode.Created);

        // Reading and heartbeats are no writes.
        for (var i = 0; i < 10; i++)
        {
            (await registry.Http.CallAsync("GET", "/v1/registrations", headers: registry.As("shop", "greeter-1"))).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await registry.Http.CallAsync("PUT", $"/v1/registrations/{new string('0', 32)}/heartbeat", headers: registry.As("shop", "greeter-1"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Theory]
    [InlineData("POST", "/v1/registrations")]
    [InlineData("PATCH", "/v1/registrations/0123456789abcdef0123456789abcdef")]
    [InlineData("DELETE", "/v1/registrations/0123456789abcdef0123456789abcdef")]
    [InlineData("DELETE", "/v1/registrations")]
    [InlineData("POST", "/v1/registrations/0123456789abcdef0123456789abcdef/out-of-service")]
    [InlineData("POST", "/v1/registrations/0123456789abcdef0123456789abcdef/up")]
    [InlineData("POST", "/v1/registrations/0123456789abcdef0123456789abcdef/deregister")]
    public async Task EveryKindOfWriteCounts(string method, string path)
    {
        await using var registry = await StartAsync(("Limits:WriteBurst", "1"), ("Limits:WritesPerSecond", "1"));
        var statuses = new List<int>();
        for (var i = 0; i < 20 && !statuses.Contains(429); i++)
            statuses.Add((int)(await registry.Http.CallAsync(method, path, "{}", headers: registry.As("shop", "greeter-1"))).StatusCode);
        statuses[0].ShouldNotBe(429);
        statuses.ShouldContain(429);
    }

    [Fact]
    public async Task AUserWhoActsForManyPodsHasABucketOfHisOwn()
    {
        await using var registry = await StartAsync(("Limits:WriteBurst", "1"), ("Limits:WritesPerSecond", "1"), ("Limits:UserWriteBurst", "20"), ("Limits:UserWritesPerSecond", "1"));
        registry.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        var operator_ = registry.As("billing", null);
        for (var i = 0; i < 20; i++)
        {
            using var answer = await registry.Http.PostAsync($$"""{"namespace":"shop","pod":"greeter-1","service":"s{{i}}","port":8080}""", operator_);
            answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        }
    }

    [Fact]
    public void TheDefaultsAreOutOfReachOfPodsThatBehave()
    {
        var options = new LimitOptions();
        options.Validate().ShouldBeEmpty();
        using var limit = new WriteLimit(options);

        // 10,000 pods register at once, one of them 200 services one by one, and takes them all back.
        for (var i = 0; i < 10_000; i++)
            limit.Take(Pod($"pod-{i}")).ShouldBeNull();
        for (var i = 0; i < 398; i++)
            limit.Take(Pod("pod-7")).ShouldBeNull();

        // An operator acts for each of them.
        var operator_ = new UserCaller(KubernetesUser.OfServiceAccount("ops", "deployer"));
        for (var i = 0; i < 10_000; i++)
            limit.Take(operator_).ShouldBeNull();

        static PodCaller Pod(string name) => new("shop", name, name, IdentityProof.Token, null, null);
    }

    [Fact]
    public void EveryFaultOfTheOptionsIsNamed()
    {
        new LimitOptions { WriteBurst = 0, ConnectionsPerCaller = -1, MaxHeaderBytes = 1, HeadersTimeout = TimeSpan.Zero, BodyGrace = TimeSpan.FromSeconds(1) }
            .Validate().Select(static fault => fault.Split(' ')[0])
            .ShouldBe(["Limits:WriteBurst", "Limits:ConnectionsPerCaller", "Limits:MaxHeaderBytes", "Limits:HeadersTimeout", "Limits:BodyGrace"]);
    }

    [Fact]
    public async Task ACallerHasSoManyStreamsAndOthersHaveTheirOwn()
    {
        await using var registry = await StartAsync(("Limits:StreamsPerCaller", "2"));
        using var first = await StreamAsync(registry, "10.0.0.1");
        using var second = await StreamAsync(registry, "10.0.0.1");
        using (var third = await StreamAsync(registry, "10.0.0.1"))
        {
            third.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            third.Headers.RetryAfter.ShouldNotBeNull();
            ((string?)JsonNode.Parse(await third.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]).ShouldBe("overloaded");
        }

        // An EventSource never comes back from a 503.
        using (var source = await StreamAsync(registry, "10.0.0.1", "text/event-stream"))
        {
            source.StatusCode.ShouldBe(HttpStatusCode.OK);
            var text = await source.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within();
            text.ShouldStartWith("retry: ");
            text.ShouldContain("event: goaway");
        }

        using var other = await StreamAsync(registry, "10.0.0.2");
        other.StatusCode.ShouldBe(HttpStatusCode.OK);

        // A stream that ends makes room.
        first.Dispose();
        HttpResponseMessage? again = null;
        while (again is not { StatusCode: HttpStatusCode.OK })
        {
            again?.Dispose();
            again = await StreamAsync(registry, "10.0.0.1");
        }

        again.Dispose();
    }

    [Fact]
    public async Task ACallerHasSoManyWaitingLookupsAndOthersHaveTheirOwn()
    {
        await using var registry = await StartAsync(("Limits:WaitsPerCaller", "1"));
        const string Path = "/v1/namespaces/shop/services/nothing/instances";
        using var now = await registry.Http.GetAsync(Path, TestContext.Current.CancellationToken);
        var index = Uri.EscapeDataString((string)JsonNode.Parse(await now.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["revision"]!);
        Task<HttpResponseMessage> PollAsync(string address, string wait) =>
            registry.Http.CallAsync("GET", $"{Path}?index={index}&wait={wait}", headers: (RemoteAddressFilter.Header, address));

        // One of the two waits, whichever comes first.
        var (one, two) = (PollAsync("10.0.0.1", "10m"), PollAsync("10.0.0.1", "10m"));
        using var surplus = await (await Task.WhenAny(one, two).Within());
        surplus.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        surplus.Headers.RetryAfter.ShouldNotBeNull();
        using var plain = await registry.Http.CallAsync("GET", Path, headers: (RemoteAddressFilter.Header, "10.0.0.1"));
        plain.StatusCode.ShouldBe(HttpStatusCode.OK, "it does not wait");
        using var other = await PollAsync("10.0.0.2", "1ms").Within();
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task WhereLookupsTakeARightTheStreamsAreTheTokensOwners()
    {
        await using var registry = await StartAsync(("Limits:StreamsPerCaller", "1"), ("Access:Lookup", "Rbac"));
        registry.Grant("shop", "readers", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        using var first = await registry.Http.CallAsync("GET", Watch, headers: [registry.As("shop", "greeter-1"), (RemoteAddressFilter.Header, "10.0.0.1")]);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var elsewhere = await registry.Http.CallAsync("GET", Watch, headers: [registry.As("shop", "greeter-1"), (RemoteAddressFilter.Header, "10.0.0.99")]);
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var other = await registry.Http.CallAsync("GET", Watch, headers: [registry.As("shop", "greeter-2"), (RemoteAddressFilter.Header, "10.0.0.1")]);
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AConnectionTooManyIsTold503AndProbesAreAnswered()
    {
        await using var registry = await StartAsync(("Limits:MaxConnections", "2"));
        using var one = await IdleAsync(registry);
        using var two = await IdleAsync(registry);
        async Task<(int Status, string Text)> CallAsync(string path, params string[] headers) => await RawHttp.SendAsync(registry.Http.BaseAddress!, $"GET {path} HTTP/1.1", headers);

        var (status, text) = await CallAsync("/v1/services");
        status.ShouldBe(503);
        text.ShouldContain("\"code\":\"overloaded\"");
        text.ShouldContain("Retry-After: ");
        var (streamed, events) = await CallAsync(Watch, "Accept: text/event-stream");
        streamed.ShouldBe(200);
        events.ShouldContain("event: goaway");
        (await CallAsync("/livez")).Status.ShouldBe(200);
        (await CallAsync("/readyz")).Status.ShouldBe(200);

        one.Dispose();
        while ((await CallAsync("/v1/services")).Status != 200)
        {
            // The server learns of the end in its own time.
        }
    }

    [Fact]
    public async Task AnAddressHasSoManyConnectionsAndProxiesAndThisHostAreNotOneCaller()
    {
        var limit = new ConnectionLimit(new LimitOptions { ConnectionsPerCaller = 1 }, new ClientAddressReader(new IdentityOptions { TrustedProxies = ["10.9.0.0/16"] }));
        async Task<bool> IsSurplusAsync(string address, int open)
        {
            var ends = new TaskCompletionSource();
            List<Task> running = [];
            var last = new DefaultConnectionContext();
            for (var i = 0; i <= open; i++)
            {
                last = new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1) };
                running.Add(limit.CountAsync(last, _ => ends.Task));
            }

            ends.SetResult();
            await Task.WhenAll(running);
            return ConnectionLimit.IsSurplus(last.Items);
        }

        (await IsSurplusAsync("10.0.0.1", 0)).ShouldBeFalse();
        (await IsSurplusAsync("10.0.0.1", 1)).ShouldBeTrue();
        (await IsSurplusAsync("::ffff:10.0.0.1", 0)).ShouldBeFalse("the others have ended");
        (await IsSurplusAsync("2001:db8::1", 1)).ShouldBeTrue();
        (await IsSurplusAsync("10.9.0.1", 5)).ShouldBeFalse();
        (await IsSurplusAsync("127.0.0.1", 5)).ShouldBeFalse();
    }

    [Fact]
    public void AHostOfIPv6IsOneCallerHoweverManyAddressesItHas()
    {
        CallerAddress.KeyOf(IPAddress.Parse("2001:db8:1:2::1")).ShouldBe(CallerAddress.KeyOf(IPAddress.Parse("2001:db8:1:2:ffff::9")));
        CallerAddress.KeyOf(IPAddress.Parse("2001:db8:1:2::1")).ShouldNotBe(CallerAddress.KeyOf(IPAddress.Parse("2001:db8:1:3::1")));
        CallerAddress.KeyOf(IPAddress.Parse("::ffff:10.0.0.1")).ShouldBe(CallerAddress.KeyOf(IPAddress.Parse("10.0.0.1")));
    }

    [Theory]
    [InlineData(1, 31_000, 200)]
    [InlineData(1, 33_000, 431)]
    [InlineData(1, 40_000, 431)]
    [InlineData(90, 400, 431)]
    [InlineData(200, 10, 431)]
    [InlineData(1, 1_300_000, 431)]
    public async Task HeadersAreSoManyAndSoLong(int count, int length, int status)
    {
        await using var registry = await StartAsync();
        var headers = Enumerable.Range(0, count).Select(i => $"X-Padding-{i}: {new string('x', length)}");
        var (answered, text) = await RawHttp.SendAsync(registry.Http.BaseAddress!, "GET /v1/services HTTP/1.1", headers);
        answered.ShouldBe(status);
        if (status == 431)
            text.ShouldEndWith("\r\n\r\n", Case.Sensitive, "it is bare");
    }

    [Theory]
    [InlineData(20_000, 401)]
    [InlineData(40_000, 431)]
    [InlineData(1_000_000, 431)]
    public async Task ATokenIsSoLong(int length, int status)
    {
        await using var registry = await StartAsync();
        var before = registry.Written();
        (await RawHttp.SendAsync(
            registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", [$"Authorization: Bearer {new string('x', length)}.x.x"], """{"service":"greeting","port":8080}""")).Status.ShouldBe(status);
        registry.Written().ShouldBe(before);
    }

    [Theory]
    [InlineData(1, 31_000, "200")]
    [InlineData(1, 33_000, "431")]
    [InlineData(1, 60_000, "431")]
    [InlineData(90, 400, "431")]
    [InlineData(150, 10, "431")]
    public async Task SoTheyAreOverHttp2(int count, int length, string status)
    {
        await using var registry = await FencedRegistry.StartAsync(("Kestrel:EndpointDefaults:Protocols", "Http2"));
        using var client = await RawHttp2.ConnectAsync(registry.Http.BaseAddress!);
        (await client.GetAsync("/v1/services", Enumerable.Range(0, count).Select(i => ($"x-padding-{i}", new string('x', length))))).ShouldBe(status);
    }

    [Fact]
    public void WhatComesInUnaskedIsBounded()
    {
        var kestrel = new KestrelServerOptions();
        kestrel.UseGatewayLimits(new LimitOptions());
        kestrel.Limits.MaxRequestBufferSize.ShouldBe(64 * 1024);
        kestrel.Limits.Http2.InitialConnectionWindowSize.ShouldBe(128 * 1024);

        // The server does not start where what it has to read at once is more.
        kestrel.UseGatewayLimits(new LimitOptions { MaxHeaderBytes = 256 * 1024 });
        kestrel.Limits.MaxRequestBufferSize.ShouldBe(256 * 1024);
        kestrel.UseGatewayLimits(new LimitOptions { MaxRequestLine = 512 * 1024 });
        kestrel.Limits.MaxRequestBufferSize.ShouldBe(512 * 1024);
    }

    [Theory]
    [InlineData(8_000, 400)]
    [InlineData(20_000, 414)]
    public async Task APathIsSoLong(int length, int status)
    {
        await using var registry = await StartAsync();
        (await RawHttp.SendAsync(registry.Http.BaseAddress!, $"GET /v1/namespaces/shop/services/{new string('x', length)}/instances HTTP/1.1", [])).Status.ShouldBe(status);
    }

    [Fact]
    public async Task WhoDripsHeadersIsCutAndOthersAreServedMeanwhile()
    {
        await using var registry = await StartAsync(("Limits:HeadersTimeout", "00:00:01"));
        (await DripAsync(registry, "GET /v1/services HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")).ShouldBeOneOf(0, 408);
    }

    [Fact]
    public async Task WhoDripsABodyIsCutAndOthersAreServedMeanwhile()
    {
        await using var registry = await StartAsync(("Limits:BodyGrace", "00:00:01.1"), ("Limits:MinBodyBytesPerSecond", "100000"));
        (await DripAsync(registry, string.Create(CultureInfo.InvariantCulture,
            $"POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: {registry.As("shop", "greeter-1").Value}\r\nContent-Length: 1000000\r\n\r\n{{"))).ShouldBeOneOf(0, 400, 408);
        registry.Own("shop", "greeter-1").ShouldBeEmpty();
    }

    [Fact]
    public async Task WhoSaysNothingIsCut()
    {
        await using var registry = await StartAsync(("Limits:IdleTimeout", "00:00:01"));
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        (await RawHttp.ReadAsync(silent.GetStream())).Status.ShouldBeOneOf(0, 408);
    }

    /// <summary>A byte after each answer that somebody else gets, until the server has had enough; with what status.</summary>
    private static async Task<int> DripAsync(FencedRegistry registry, string start)
    {
        using var slow = new TcpClient { NoDelay = true };
        await slow.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(start));
        var cut = RawHttp.ReadAsync(slow.GetStream());
        var served = 0;
        while (!cut.IsCompleted)
        {
            (await registry.Http.GetAsync("/v1/services")).StatusCode.ShouldBe(HttpStatusCode.OK);
            served++;
            try
            {
                await slow.GetStream().WriteAsync("x"u8.ToArray());
            }
            catch (IOException)
            {
                break;
            }
        }

        served.ShouldBeGreaterThan(0);
        return (await cut.Within()).Status;
    }

    private static async Task<TcpClient> IdleAsync(FencedRegistry registry)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port);
        // Its answer shows that the server has it; the connection stays.
        await client.GetStream().WriteAsync("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var buffer = new byte[4096];
        (await client.GetStream().ReadAsync(buffer).AsTask().Within()).ShouldBeGreaterThan(0);
        return client;
    }

    private static Task<HttpResponseMessage> StreamAsync(FencedRegistry registry, string from, string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Watch);
        request.Headers.Add(RemoteAddressFilter.Header, from);
        if (accept is not null)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        return registry.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within();
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
}
