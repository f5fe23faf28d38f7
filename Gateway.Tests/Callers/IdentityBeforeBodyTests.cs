using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Callers;

/// <summary>
/// Who is calling is settled from the head of a request: an unproved caller is refused while its body is still to be sent, and is not asked for it
/// (RFC 9110, section 10.1.1).
/// </summary>
public sealed class IdentityBeforeBodyTests(IdentityBeforeBodyTests.World world) : IClassFixture<IdentityBeforeBodyTests.World>
{
    private const string Id = "/v1/registrations/0123456789abcdef0123456789abcdef";
    private const string Json = "application/json";
    private const string Form = "application/x-www-form-urlencoded";
    private const string MergePatch = "application/merge-patch+json";
    private const string Dubbo = "/v1/namespaces/shop/dubbo";

    /// <summary>Every call that takes a body: method, path, media type, a further header.</summary>
    private static readonly (string Method, string Path, string MediaType, string? Header)[] Calls =
    [
        ("POST", "/v1/registrations", Json, null),
        ("POST", "/v1/registrations", Form, null),
        ("PATCH", Id, MergePatch, null),
        ("PATCH", Id + "?drain=wait&timeout=20s", Json, null),
        ("POST", Id, MergePatch, "X-HTTP-Method-Override: PATCH"),
        ("POST", Id + "/out-of-service?drain=wait", Json, null),
        ("DELETE", "/v1/registrations", Json, null),
        ("PUT", Dubbo + "/metadata/greeter/r1", Json, null),
        ("PUT", Dubbo + "/mapping/com.example.GreetingService", Json, null),
    ];

    /// <summary>What the caller shows, and which code it is refused with.</summary>
    private static readonly (string? Authorization, string Query, string Code)[] Strangers =
    [
        (null, "", "pod-required"),
        (null, "namespace=shop&pod=greeter-1", "unauthenticated"),
        ("Bearer aGVsbG8.aGVsbG8.aGVsbG8", "", "unauthenticated"),
        ("Basic Zm9vOmJhcg==", "", "unauthenticated"),
    ];

    public static TheoryData<string, string, string, string?, string?, string> CallsOfStrangers
    {
        get
        {
            var data = new TheoryData<string, string, string, string?, string?, string>();
            foreach (var (method, path, mediaType, header) in Calls)
            {
                // A registration names its pod in the body alone.
                foreach (var (authorization, query, code) in Strangers.Where(stranger => mediaType == MergePatch || stranger.Query.Length == 0))
                    data.Add(method, query.Length == 0 ? path : path + (path.Contains('?') ? "&" : "?") + query, mediaType, header, authorization, code);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CallsOfStrangers))]
    public async Task AStrangerIsRefusedBeforeItsBodyIsSent(string method, string path, string mediaType, string? header, string? authorization, string code)
    {
        var registry = world.Registry;
        var before = registry.Written();
        using var client = await SendHeadAsync(registry, method, path, mediaType, header, authorization);

        var said = await ReadAnswerAsync(client.GetStream());

        said.ShouldStartWith("HTTP/1.1 401 ", Case.Sensitive, said);
        said.ShouldContain($"\"code\":\"{code}\"");
        registry.Written().ShouldBe(before);
    }

    [Fact]
    public async Task AnAddressOfNoPodIsRefusedBeforeItsBodyIsSent()
    {
        await using var registry = await StartAsync(("Identity:SourceAddress", "true"));
        using var client = await SendHeadAsync(registry, "POST", "/v1/registrations", Json, $"{RemoteAddressFilter.Header}: 10.0.0.77", null);
        var said = await ReadAnswerAsync(client.GetStream());
        said.ShouldStartWith("HTTP/1.1 401 ", Case.Sensitive, said);
        said.ShouldContain("\"code\":\"pod-required\"");
    }

    [Fact]
    public async Task AKnownCallerIsAskedForItsBody()
    {
        await using var registry = await StartAsync();
        const string Body = """{"service":"greeting","port":8080}""";
        using var client = await SendHeadAsync(registry, "POST", "/v1/registrations", Json, null, registry.As("shop", "greeter-1").Value, Body.Length);
        var stream = client.GetStream();
        (await ReadAnswerAsync(stream)).ShouldStartWith("HTTP/1.1 100 ");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Body), TestContext.Current.CancellationToken);
        (await ReadAnswerAsync(stream)).ShouldStartWith("HTTP/1.1 201 ");
    }

    [Fact]
    public async Task WhatAStrangerSendsIsNotParsed()
    {
        await using var registry = await StartAsync();
        var (status, text) = await RawHttp.SendAsync(registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", [], "{ this is no JSON");
        status.ShouldBe(401, text);
        (status, text) = await RawHttp.SendAsync(registry.Http.BaseAddress!, "POST /v1/registrations HTTP/1.1", [], new string('x', 1024 * 1024 + 1));
        status.ShouldBe(401, text);
    }

    [Fact]
    public async Task ACallerIsIdentifiedOnceForACall()
    {
        await using var registry = await StartAsync(("Identity:TokenCacheFor", "00:00:00"));
        using var answer = await registry.RegisterAsync("shop", "greeter-1");
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        registry.Cluster.Requests.Count(static request => request.Path.EndsWith("/tokenreviews", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task ARefusedStrangerLeavesItsLineInTheAudit()
    {
        await using var registry = await StartAsync();
        (await registry.Http.PostAsync(new Uri("/v1/registrations", UriKind.Relative), new StringContent("{}"), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await registry.Http.DeleteAsync(new Uri("/v1/registrations?namespace=shop&pod=greeter-1", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        registry.Logs.Lines.Where(static line => line.Id == 1612).Select(static line => (line.Members["Verb"], line.Members["Pod"], line.Members["User"], line.Members["Code"]))
            .ShouldBe([("register", "-", "-", "pod-required"), ("deregister all", "shop/greeter-1", "-", "unauthenticated")]);
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), settings);
        await registry.SeenAsync("shop", "greeter-1");
        return registry;
    }

    /// <summary>The head alone, which promises a body and asks whether it is wanted.</summary>
    private static async Task<TcpClient> SendHeadAsync(
        FencedRegistry registry, string method, string path, string mediaType, string? header, string? authorization, int length = 1024 * 1024)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        string?[] lines =
        [
            $"{method} {path} HTTP/1.1", "Host: localhost", $"Content-Type: {mediaType}", string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}"),
            "Expect: 100-continue", header, authorization is null ? null : $"Authorization: {authorization}",
        ];
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines.OfType<string>()) + "\r\n\r\n"), TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>One answer, interim ones included: head and body.</summary>
    private static async Task<string> ReadAnswerAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (!IsWhole(text.ToString()))
        {
            var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().Within();
            read.ShouldBeGreaterThan(0, $"the connection ended after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    private static bool IsWhole(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        const string Length = "Content-Length: ";
        var at = text.IndexOf(Length, StringComparison.Ordinal);
        return at < 0 || at > end
            || text.Length - end - 4 >= int.Parse(text.AsSpan(at + Length.Length, text.IndexOf('\r', at) - at - Length.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>A registry that all strangers call at.</summary>
    public sealed class World : IAsyncLifetime
    {
        internal FencedRegistry Registry { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Registry = await StartAsync();

        public ValueTask DisposeAsync() => Registry.DisposeAsync();
    }
}
