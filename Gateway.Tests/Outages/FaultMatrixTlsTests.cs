using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Emulator.Storage;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Kubernetes.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which the gateway and the API server do not trust each other for a while. Over HTTP/2.</summary>
public sealed class FaultMatrixTlsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task ACertificateOfAnotherAuthorityIsStaleUntilTheBundleIsRotated()
    {
        var front = new TlsFiles(_directory);
        await using var _ = front;
        await using var registry = await StartAsync(front);
        front.Tls.Rotate();
        registry.Balancer.ResetOpen();
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        front.WriteAuthority();
        await registry.AgreeAsync();
        front.Tls.Http2Requests.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task AnExpiredClientCertificateIsStaleUntilItIsRotated()
    {
        using var authority = new TestAuthority("clients");
        var front = new TlsFiles(_directory) { Clients = authority };
        await using var _ = front;
        await using var registry = await StartAsync(front);
        front.Tls.Admits = static shown => shown?.Subject == "CN=second";
        registry.Balancer.ResetOpen();
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        front.WriteClient("CN=second");
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task ATokenThatIsRotatedIsReadAgainAtItsRefusal()
    {
        var front = new TlsFiles(_directory) { HasTokenFile = true };
        await using var _ = front;
        // At its own pace: moved time would end calls that this machine has not answered yet.
        await using var registry = await FaultedRegistry.StartAsync(front: front.StartAsync);
        front.WriteToken("holder-2");
        registry.Small.Remove(ResourceKinds.Pods, "holder-1");
        registry.Faults.CutWatches();
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
    }

    [Fact]
    public async Task ATokenThatIsRotatedTooLateIsStaleUntilThen()
    {
        var front = new TlsFiles(_directory) { HasTokenFile = true };
        await using var _ = front;
        await using var registry = await StartAsync(front);
        registry.Small.Remove(ResourceKinds.Pods, "holder-1");
        registry.Faults.CutWatches();
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        front.WriteToken("holder-2");
        await registry.AgreeAsync();
    }

    /// <summary>Only the pings of HTTP/2 end such a connection: new requests are sent over it until then.</summary>
    [Fact]
    public async Task AHalfOpenConnectionOfHttp2IsLeftAfterItsPings()
    {
        var front = new TlsFiles(_directory);
        await using var _ = front;
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.ShortLimits, front: front.StartAsync, adjust: static builder =>
            builder.Services.AddSingleton(static provider =>
            {
                var connection = ClusterConnection.Open(provider.GetRequiredService<KubernetesOptions>(), TimeProvider.System, NullLogger.Instance);
                connection.Pings = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
                return connection;
            }));
        await using var stream = await registry.WatchAsync();
        registry.Balancer.FreezeOpen(alsoNew: true);
        await registry.ChangeAsync();
        await stream.NextAsync("stale");
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.AdmitNew();
        await FaultedRegistry.ShouldSendTheChangeBeforeFreshAsync(stream);
        await registry.AgreeAsync();
        front.Tls.Http2Requests.ShouldBeGreaterThan(0);
    }

    public void Dispose() => _directory.Dispose();

    private Task<FaultedRegistry> StartAsync(TlsFiles front) => FaultedRegistry.StartAsync(
        front: front.StartAsync, time: _time, step: TimeSpan.FromMilliseconds(500));
}
