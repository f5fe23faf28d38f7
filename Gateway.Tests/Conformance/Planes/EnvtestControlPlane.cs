using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests.Conformance.Planes;

/// <summary>
/// A real control plane started from the binaries that KUBEBUILDER_ASSETS names (the convention of controller-runtime's envtest): etcd and
/// kube-apiserver with RBAC, service-account keys and issuer; kube-controller-manager too where the folder holds one. Stopped on disposal.
/// </summary>
internal sealed class EnvtestControlPlane : IControlPlane
{
    private const string AdminToken = "conformance-admin";

    private readonly string _folder = Directory.CreateTempSubdirectory("control-plane-").FullName;
    private readonly List<Process> _processes = [];

    public string Name => "kube-apiserver";

    public ControlPlaneNeeds Offers { get; private set; } = ControlPlaneNeeds.DualStack | ControlPlaneNeeds.AdmissionPolicies;

    public string Kubeconfig { get; private set; } = "";

    public Uri Url { get; private set; } = new("https://127.0.0.1");

    public HttpClient Admin { get; private set; } = new();

    public static async Task<EnvtestControlPlane> StartAsync(string assets, CancellationToken token)
    {
        var plane = new EnvtestControlPlane();
        try
        {
            await plane.StartProcessesAsync(assets, token);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartProcessesAsync(string assets, CancellationToken token)
    {
        var certificates = Certificates.WriteTo(_folder);
        var (etcdPort, peerPort, apiPort) = (LoopbackPort.Free(), LoopbackPort.Free(), LoopbackPort.Free());
        var serviceAccountKey = Path.Combine(_folder, "service-account.key");
        using (var key = RSA.Create(2048))
        {
            await File.WriteAllTextAsync(serviceAccountKey, key.ExportPkcs8PrivateKeyPem(), token);
            await File.WriteAllTextAsync(serviceAccountKey + ".pub", key.ExportSubjectPublicKeyInfoPem(), token);
        }

        var tokens = Path.Combine(_folder, "tokens.csv");
        await File.WriteAllTextAsync(tokens, $"{AdminToken},admin,admin,system:masters\n", token);

        Start(
            assets, "etcd", "--data-dir", Path.Combine(_folder, "etcd"), "--listen-client-urls", $"http://127.0.0.1:{etcdPort}",
            "--advertise-client-urls", $"http://127.0.0.1:{etcdPort}", "--listen-peer-urls", $"http://127.0.0.1:{peerPort}",
            "--initial-cluster", $"default=http://127.0.0.1:{peerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peerPort}");
        await ForgetTheFirstVersionsAsync(new Uri($"http://127.0.0.1:{etcdPort}"), token);
        Start(
            assets, "kube-apiserver", $"--etcd-servers=http://127.0.0.1:{etcdPort}", "--bind-address=127.0.0.1", $"--secure-port={apiPort}",
            $"--cert-dir={_folder}", $"--tls-cert-file={certificates.CertificatePath}", $"--tls-private-key-file={certificates.KeyPath}",
            $"--token-auth-file={tokens}", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local", $"--service-account-key-file={serviceAccountKey}.pub",
            $"--service-account-signing-key-file={serviceAccountKey}", "--disable-admission-plugins=ServiceAccount", "--anonymous-auth=true");

        Url = new Uri($"https://127.0.0.1:{apiPort}");
        Kubeconfig = Path.Combine(_folder, "kubeconfig");
        await File.WriteAllTextAsync(Kubeconfig, AdminKubeconfig.Text(Url, AdminToken, certificates.AuthorityPath), token);
        Admin.Dispose();
        Admin = AdminClient(certificates.Authority);
        await WaitUntilOkAsync(Admin, "/readyz", token);

        if (File.Exists(Path.Combine(assets, "kube-controller-manager")))
        {
            Start(
                assets, "kube-controller-manager", $"--kubeconfig={Kubeconfig}", "--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=1000", "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112", "--bind-address=127.0.0.1",
                $"--secure-port={LoopbackPort.Free()}", $"--cert-dir={_folder}", $"--service-account-private-key-file={serviceAccountKey}",
                "--controllers=endpoints-controller,endpointslice-controller,endpointslice-mirroring-controller,serviceaccount-controller,namespace-controller");
            Offers |= ControlPlaneNeeds.Controllers;
        }
    }

    /// <summary>
    /// The API server begins on an etcd that has a past and has been compacted, as it does in every cluster: version 1 is older than its watch
    /// caches and gone from the store.
    /// </summary>
    private async Task ForgetTheFirstVersionsAsync(Uri etcd, CancellationToken token)
    {
        const int Versions = 20;
        using var client = new HttpClient { BaseAddress = etcd };
        await WaitUntilOkAsync(client, "/health", token);
        for (var version = 0; version < Versions; version++)
        {
            await PostAsync("/v3/kv/put", """{"key":"cGFzdA==","value":"cGFzdA=="}""");
        }

        await PostAsync("/v3/kv/compaction", $$"""{"revision":{{Versions}},"physical":true}""");

        async Task PostAsync(string path, string json)
        {
            using var content = new StringContent(json);
            using var answer = await client.PostAsync(path, content, token);
            answer.EnsureSuccessStatusCode();
        }
    }

    private HttpClient AdminClient(X509Certificate2 authority)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        return new HttpClient(handler) { BaseAddress = Url, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", AdminToken) } };
    }

    private async Task WaitUntilOkAsync(HttpClient client, string path, CancellationToken token)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        do
        {
            _processes.Where(static process => process.HasExited).ShouldBeEmpty("a process of the control plane ended");
            try
            {
                using var answer = await client.GetAsync(path, token);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
        while (await poll.WaitForNextTickAsync(token));
    }

    private void Start(string assets, string binary, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(assets, binary), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        _processes.Add(process);
        var log = Path.Combine(_folder, binary + ".log");
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();

        void Append(string? line)
        {
            if (line is not null && Directory.Exists(_folder))
            {
                lock (_processes)
                {
                    File.AppendAllText(log, line + "\n");
                }
            }
        }
    }
}
