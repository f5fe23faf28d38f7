using System.Text;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Hostile;

/// <summary>What the generators found, each as a small case of its own.</summary>
public sealed class HostileCasesTests
{
    [Theory]
    [InlineData("ffffffffff\r\n")]
    [InlineData("7fffffff0\r\n")]
    [InlineData("zz\r\n")]
    [InlineData("-5\r\n")]
    public async Task ABodyWhoseChunksHaveNoSizeIsTheCallersMistake(string chunk)
    {
        using var log = new LogMeter();
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, logs: log);
        log.Measure(gateway);
        using var connection = new HostileConnection(gateway.Http.BaseAddress!.Port);

        foreach (var line in new[] { "POST /v1/registrations", "PUT /v1/namespaces/shop/dubbo/metadata/greeting/r1?namespace=shop&pod=greeter-1" })
        {
            var bytes = Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
            var answer = await connection.SendAsync(new HostileRequest(bytes, IsWhole: true, MayWait: false, IsHead: false));

            answer.Status.ShouldBeOneOf([400, 403], answer.Text);
            connection.Dispose();
        }

        log.Failures.ShouldBeEmpty();
    }
}
