using System.Net.Sockets;
using Gateway.Emulator;

namespace Gateway.Tests.Emulator;

public sealed class StartTests
{
    [Fact]
    public async Task ARequestThatNeverEndsDoesNotHoldTheEndUp()
    {
        var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(cluster.Url.Host, cluster.Url.Port, TestContext.Current.CancellationToken);

        // The first answer shows that the server has the connection; the second request stays half said.
        await client.GetStream().WriteAsync("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        (await client.GetStream().ReadAsync(new byte[4096], TestContext.Current.CancellationToken).AsTask().Within()).ShouldBeGreaterThan(0);
        await client.GetStream().WriteAsync("GET /api HTTP/1.1\r\nHo"u8.ToArray(), TestContext.Current.CancellationToken);

        // Half of what a host waits by itself.
        await cluster.DisposeAsync().AsTask().WaitAsync(Patience.Limit / 2, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AddressInUseIsSaidAtTheStartAndLeavesNothingBehind()
    {
        await using var first = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        var second = new EmulatorOptions { Url = first.Url.ToString().TrimEnd('/') };
        await Should.ThrowAsync<IOException>(() => EmulatedCluster.StartAsync(second, cancellationToken: TestContext.Current.CancellationToken));
    }
}
