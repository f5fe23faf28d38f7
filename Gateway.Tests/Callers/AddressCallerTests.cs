using System.Net;
using Gateway.Tests.Api;

namespace Gateway.Tests.Callers;

/// <summary>Pods without a token are recognised by their address, where that is switched on (contract, section 4, rule 2).</summary>
public sealed class AddressCallerTests
{
    private const string Body = """{"service":"greeting","port":8080}""";

    [Theory]
    [InlineData("10.0.0.1", null)]
    [InlineData("::ffff:10.0.0.1", null)]
    [InlineData("fd00::2", null)]
    [InlineData("10.9.0.1", "10.0.0.1")]
    [InlineData("10.9.0.1", "10.0.0.1:4711")]
    [InlineData("10.9.0.1", "192.0.2.1, 10.0.0.1, 10.9.0.7")]
    [InlineData("fd99::1", "[fd00::2]:4711")]
    public async Task TheOnePodWithTheAddressIsTheCaller(string remote, string? forwarded)
    {
        await using var registry = await StartAsync(("Identity:SourceAddress", "true"), ("Identity:TrustedProxies:0", "10.9.0.0/16"), ("Identity:TrustedProxies:1", "fd99::1"));
        (string, string)[] headers = forwarded is null ? [(RemoteAddressFilter.Header, remote)] : [(RemoteAddressFilter.Header, remote), ("X-Forwarded-For", forwarded)];
        using var answer = await registry.Http.PostAsync(Body, headers);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var isSecond = (forwarded ?? remote).Contains("fd00::2", StringComparison.Ordinal);
        (registry.Own("shop", "greeter-1").Count, registry.Own("shop", "greeter-2").Count).ShouldBe(isSecond ? (0, 1) : (1, 0));
        var line = await registry.Logs.WaitForAsync(1610);
        (line.Members["User"], line.Members["CallerPod"], line.Members["Address"]).ShouldBe(isSecond ? ("-", "shop/greeter-2", "fd00::2") : ("-", "shop/greeter-1", "10.0.0.1"));
    }

    [Fact]
    public async Task OutsideDevelopmentItIsOff()
    {
        await using var registry = await StartAsync();
        using var answer = await registry.Http.PostAsync(Body, (RemoteAddressFilter.Header, "10.0.0.1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        registry.Own("shop", "greeter-1").ShouldBeEmpty();
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("shop", "greeter-2", "fd00::2");
        }, [("Registration:ShortAudit", "false"), .. settings]);
        await registry.SeenAsync("shop", "greeter-1", "greeter-2");
        return registry;
    }
}
