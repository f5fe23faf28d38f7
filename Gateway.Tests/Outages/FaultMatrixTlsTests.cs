using System.Security.Cryptography.X509Certificates;
using Gateway.Emulator.Storage;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Emulator;
using Gateway.Tests.Kubernetes.Client;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which the gateway and the API server do not trust each other for a while. Over HTTP/2.</summary>
public sealed class FaultMatrixTlsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task ACertificateOfAnotherAuthorityIsStaleUntilTheBundleIsRotated()
    {
        var front = new Front(_directory);
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
        var front = new Front(_directory) { Clients = authority };
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
        var front = new Front(_directory) { HasTokenFile = true };
        await using var _ = front;
        await using var registry = await StartAsync(front);
        front.WriteToken("holder-2");
        registry.Small.Remove(ResourceKinds.Pods, "holder-1");
        registry.Faults.CutWatches();
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.WasLost.ShouldBeFalse();
    }

    [Fact]
    public async Task ATokenThatIsRotatedTooLateIsStaleUntilThen()
    {
        var front = new Front(_directory) { HasTokenFile = true };
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

    /// <summary>Only the pings of HTTP/2 end such a connection, after 45 s: new requests are sent over it until then.</summary>
    [Fact]
    public async Task AHalfOpenConnectionOfHttp2IsLeftAfterItsPings()
    {
        var front = new Front(_directory);
        await using var _ = front;
        await using var registry = await FaultedRegistry.StartAsync(front: front.StartAsync);
        registry.Balancer.FreezeOpen(alsoNew: true);
        await registry.ChangeAsync();
        await registry.UntilStaleAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.AdmitNew();
        await registry.AgreeAsync();
        front.Tls.Http2Requests.ShouldBeGreaterThan(0);
    }

    public void Dispose() => _directory.Dispose();

    private Task<FaultedRegistry> StartAsync(Front front) => FaultedRegistry.StartAsync(
        front: front.StartAsync, time: _time, moveTime: () => _time.Advance(TimeSpan.FromMilliseconds(500)));

    /// <summary>TLS before the API server, and the files that the gateway reads: the authority, and a certificate or a token to show.</summary>
    private sealed class Front(TemporaryDirectory directory) : IFront, IAsyncDisposable
    {
        private SmallCluster _small = null!;

        public TestAuthority? Clients { get; init; }

        public bool HasTokenFile { get; init; }

        public TlsFront Tls { get; private set; } = null!;

        public Uri Backend => Tls.Url;

        public async Task<IFront> StartAsync(SmallCluster small)
        {
            (_small, Tls) = (small, await TlsFront.StartAsync(small.Cluster.Url));
            WriteAuthority();
            if (Clients is not null)
                WriteClient("CN=first");
            if (!HasTokenFile)
                return this;
            foreach (var holder in new[] { "holder-1", "holder-2" })
                small.Pod(holder, "10.0.9.9", app: "gateway", spec: """{"serviceAccountName":"app"}""");
            WriteToken("holder-1");
            return this;
        }

        public void WriteAuthority() => directory.Write("ca.crt", Tls.Pem);

        public void WriteClient(string subject)
        {
            using var certificate = Clients!.IssueClient(subject);
            directory.Write("client.crt", certificate.ExportCertificatePem());
            directory.Write("client.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }

        public void WriteToken(string pod) => directory.Write("token", _small.Cluster.IssueToken("shop", "app", pod));

        public string KubeconfigFor(int port)
        {
            var text = AdminKubeconfig.Text(new Uri($"https://127.0.0.1:{port}"), "admin", directory.Write("ca.crt", Tls.Pem));
            if (Clients is not null)
                text = text.Replace("{ token: admin }", "{ client-certificate: client.crt, client-key: client.key }", StringComparison.Ordinal);
            if (HasTokenFile)
                text = text.Replace("{ token: admin }", "{ tokenFile: token }", StringComparison.Ordinal);
            return directory.Write("kubeconfig", text);
        }

        public ValueTask DisposeAsync() => Tls.DisposeAsync();
    }
}
