using Gateway.Api.Hosting;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Hosting;

/// <summary>Services of the gateway's namespace become environment variables; none of them becomes a setting.</summary>
public sealed class ServiceLinksTests
{
    [Fact]
    public async Task AServiceWhoseNameReadsAsASettingNeitherEndsNorChangesTheGateway()
    {
        await using var registry = await TestRegistry.StartAsync();
        (string, string)[] variables =
        [
            .. Links("IDENTITY__TRUSTEDPROXIES__A"), .. Links("KUBERNETES__NAMESPACES__A"), .. Links("LOGGING__LOGLEVEL__A"), .. Links("KESTREL__ENDPOINTS__A"),
            .. Links("DOTNET_REGISTRY__MIRRORS__A"),
        ];

        await using var gateway = GatewayProcess.Start("Production", registry.Cluster.Url, variables);

        var lines = await gateway.ReadUntilAsync("\"EventId\":1500");
        var line = lines.Where(static line => line.Contains("\"EventId\":1915", StringComparison.Ordinal)).ShouldHaveSingleItem();
        line.ShouldContain("Ignored 40 environment variables");
        line.ShouldContain("IDENTITY__TRUSTEDPROXIES__A_PORT_80_TCP_ADDR");
        line.Length.ShouldBeLessThan(4096);
    }

    [Theory]
    [InlineData("Identity:TrustedProxies:0", "10.0.0.1", false)]
    [InlineData("IDENTITY:TRUSTEDPROXIES:0", "10.0.0.1", false)]
    [InlineData("KUBERNETES_SERVICE_HOST", "10.96.0.1", false)]
    [InlineData("MY:SETTING_PORT", "http://example.com", false)]
    [InlineData("MY:SETTING_SERVICE_HOST", "example.com", false)]
    [InlineData("MY:LINK_PORT", "tcp://[fd00::1]:80", true)]
    [InlineData("MY:LINK_SERVICE_PORT_HTTP_ADMIN", "80", true)]
    [InlineData("MY:LINK_PORT_53_UDP_PROTO", "udp", true)]
    [InlineData("MY:LINK_TCP_PORT", "tcp://10.0.0.1:80", true)]
    public void OnlyWhatTheKubeletMakesIsALink(string key, string value, bool isLink) => ServiceLinks.IsLink(key, value).ShouldBe(isLink);

    /// <summary>All that the kubelet makes of a Service with one named port.</summary>
    private static IEnumerable<(string, string)> Links(string name) =>
    [
        ($"{name}_SERVICE_HOST", "10.96.0.7"), ($"{name}_SERVICE_PORT", "80"), ($"{name}_SERVICE_PORT_HTTP", "80"), ($"{name}_PORT", "tcp://10.96.0.7:80"),
        ($"{name}_PORT_80_TCP", "tcp://10.96.0.7:80"), ($"{name}_PORT_80_TCP_PROTO", "tcp"), ($"{name}_PORT_80_TCP_PORT", "80"),
        ($"{name}_PORT_80_TCP_ADDR", "10.96.0.7"),
    ];
}
