using System.Net;
using System.Text;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Callers;

/// <summary>A page in a developer's browser reaches a gateway on that machine only as the gateway's own pages do.</summary>
public sealed class LocalAccessTests : IAsyncLifetime
{
    private TestRegistry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:9", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8080", 200)]
    [InlineData("gateway.test:1", 200)]
    [InlineData("a.sites.test", 200)]
    [InlineData("sites.test", 403)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    public async Task ANameThatWasReboundToThisMachineIsNotServed(string host, int status)
    {
        await using var gateway = await StartAsync("Development");
        (await SendAsync(gateway, "GET", ("Host", host))).ShouldBe(status);
    }

    [Fact]
    public async Task ARequestWithoutAHostIsServed()
    {
        await using var gateway = await StartAsync("Development");
        using var connection = new System.Net.Sockets.TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, gateway.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await using var stream = connection.GetStream();
        await stream.WriteAsync("GET /v1/services HTTP/1.0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new System.IO.StreamReader(stream, Encoding.ASCII);
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken).Within()).ShouldStartWith("HTTP/1.1 200");
    }

    [Theory]
    [InlineData("POST", "Origin", "http://evil.example", 403)]
    [InlineData("POST", "Origin", "null", 403)]
    [InlineData("POST", "Origin", "http://localhost:3000", 403)]
    [InlineData("DELETE", "Origin", "https://evil.example", 403)]
    [InlineData("POST", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("POST", "Origin", "http://localhost:8080", 415)]
    [InlineData("POST", "Origin", "https://localhost:8080", 415)]
    [InlineData("POST", "Sec-Fetch-Site", "same-origin", 415)]
    [InlineData("GET", "Origin", "http://evil.example", 401)]
    [InlineData("GET", "Sec-Fetch-Site", "cross-site", 401)]
    public async Task APageOfAnotherSiteChangesNothing(string method, string header, string value, int status)
    {
        await using var gateway = await StartAsync("Development");
        (await SendAsync(gateway, method, "/v1/registrations", ("Host", "localhost:8080"), (header, value))).ShouldBe(status);
    }

    /// <summary>The names of a production gateway are its Service's and its Ingress': there the caller's token decides.</summary>
    [Fact]
    public async Task InTheClusterEveryHostIsServed()
    {
        await using var gateway = await StartAsync("Production");
        (await SendAsync(gateway, "GET", ("Host", "registry.example.com"), ("Origin", "http://evil.example"))).ShouldBe(200);
    }

    [Fact]
    public async Task ModeKubeconfigIsGuardedWhateverTheEnvironment()
    {
        await using var registry = await FencedRegistry.StartAsync(("AllowedHosts", ""));
        (await SendAsync(registry.Gateway, "GET", ("Host", "evil.example"))).ShouldBe(403);
        (await SendAsync(registry.Gateway, "GET", ("Host", "localhost"))).ShouldBe(200);
    }

    private Task<GatewayUnderTest> StartAsync(string environment) =>
        GatewayUnderTest.StartAsync(_registry.Cluster.Url, [new("AllowedHosts", "gateway.test;*.sites.test"), new("Identity:SourceAddress", "false")], environment: environment);

    private static Task<int> SendAsync(GatewayUnderTest gateway, string method, params (string Name, string Value)[] headers) =>
        SendAsync(gateway, method, "/v1/services", headers);

    private static async Task<int> SendAsync(GatewayUnderTest gateway, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }
}
