using System.Security.Cryptography.X509Certificates;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Emulator;
using Gateway.Tests.Kubernetes.Client;

namespace Gateway.Tests.Outages;

/// <summary>TLS before the API server, and the files that the gateway reads: the authority, and a certificate or a token to show.</summary>
internal sealed class TlsFiles(TemporaryDirectory directory) : IFront, IAsyncDisposable
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
