using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Kubernetes.Client;

public sealed class ConnectionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new("cluster");
    private readonly LogBookOf<ConnectionTests> _logger = new();
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InAPodTheServiceAccountIsTheIdentityAndItsBundleTheTrust()
    {
        await using var server = await TlsApiServer.StartAsync(_authority.IssueServer("127.0.0.1"));
        _directory.Write("token", "first\n");
        _directory.Write("ca.crt", _authority.Pem);
        _directory.Write("namespace", "registry");
        var connection = InClusterConnection.Open(_directory.Path, Variables("127.0.0.1", server.Port.ToString()), _time);
        connection.Namespace.ShouldBe("registry");

        using var api = NewApi(connection);
        (await api.GetPodAsync("shop", "a", Token)).ShouldNotBeNull();
        server.Authorization.ShouldBe("Bearer first");
        server.Protocol.ShouldBe("HTTP/2");

        _directory.Write("token", "second\n");
        await api.GetPodAsync("shop", "a", Token);
        server.Authorization.ShouldBe("Bearer first");
        _time.Advance(TimeSpan.FromMinutes(1));
        await api.GetPodAsync("shop", "a", Token);
        server.Authorization.ShouldBe("Bearer second");
    }

    [Fact]
    public void AnIPv6AddressIsPutInBrackets()
    {
        _directory.Write("token", "t");
        _directory.Write("ca.crt", _authority.Pem);
        InClusterConnection.Open(_directory.Path, Variables("fd00::1", "443"), _time).BaseAddress.ShouldBe(new Uri("https://[fd00::1]:443/"));
        Should.Throw<ClusterConfigurationException>(() => InClusterConnection.Open(_directory.Path, static _ => null, _time));
        Should.Throw<ClusterConfigurationException>(() => InClusterConnection.Open(_directory.Path + "/none", Variables("h", "1"), _time));
    }

    [Fact]
    public async Task AnotherAuthoritysCertificateIsRefused()
    {
        using var other = new TestAuthority("cluster");
        await using var server = await TlsApiServer.StartAsync(other.IssueServer("127.0.0.1"));
        var failure = await GetAsync(Kubeconfig(server.Port)).ShouldThrowAsync<KubernetesApiException>();
        (failure.StatusCode, server.Requests).ShouldBe((0, 0));
    }

    [Fact]
    public async Task ACertificateForAnotherNameIsRefusedUnlessThatNameIsConfigured()
    {
        await using var server = await TlsApiServer.StartAsync(_authority.IssueServer("api.internal"));
        await GetAsync(Kubeconfig(server.Port)).ShouldThrowAsync<KubernetesApiException>();
        server.Requests.ShouldBe(0);
        await GetAsync(Kubeconfig(server.Port, cluster: "    tls-server-name: api.internal"));
        server.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task ACertificateThatIsNoServersIsRefused()
    {
        await using var server = await TlsApiServer.StartAsync(_authority.IssueServer("127.0.0.1"));
        var trust = new ServerTrust(_time, () => [_authority.Certificate]);
        using var client = _authority.IssueClient("CN=somebody");
        trust.Validate(this, client, null, System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors).ShouldBeFalse();
        using var right = _authority.IssueServer("127.0.0.1");
        trust.Validate(this, right, null, System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors).ShouldBeTrue();
        trust.Validate(this, right, null, System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch).ShouldBeFalse();
    }

    [Fact]
    public async Task VerificationIsSkippedOnlyWhereTheKubeconfigSaysSoAndNeverSilently()
    {
        using var other = new TestAuthority("other");
        await using var server = await TlsApiServer.StartAsync(other.IssueServer("elsewhere"));
        var file = _directory.Write("config", $$$"""
            current-context: c
            clusters: [{name: k, cluster: {server: "https://127.0.0.1:{{{server.Port}}}", insecure-skip-tls-verify: true}}]
            contexts: [{name: c, context: {cluster: k, user: u}}]
            users: [{name: u, user: {token: t}}]
            """);
        await GetAsync(file);
        server.Requests.ShouldBe(1);
        _logger.Lines.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            entry => entry.Level.ShouldBe(LogLevel.Warning), entry => entry.Text.ShouldContain("insecure-skip-tls-verify"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AClientCertificateIsShownFromFilesOrInline(bool inline)
    {
        await using var server = await TlsApiServer.StartAsync(_authority.IssueServer("127.0.0.1"));
        using var client = _authority.IssueClient("CN=ann");
        var (certificate, key) = (client.ExportCertificatePem(), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var user = inline
            ? $"    client-certificate-data: {Base64(certificate)}\n    client-key-data: {Base64(key)}"
            : "    client-certificate: ann.crt\n    client-key: ann.key";
        _directory.Write("ann.crt", certificate);
        _directory.Write("ann.key", key);
        await GetAsync(Kubeconfig(server.Port, user: user));
        server.ClientSubject.ShouldBe("CN=ann");
    }

    [Fact]
    public async Task ATokenFileBeatsATokenAndIsReadAgain()
    {
        await using var server = await TlsApiServer.StartAsync(_authority.IssueServer("127.0.0.1"));
        _directory.Write("tok", "of the file");
        await GetAsync(Kubeconfig(server.Port, user: "    token: inline\n    tokenFile: tok"));
        server.Authorization.ShouldBe("Bearer of the file");
        await GetAsync(Kubeconfig(server.Port, user: "    token: inline"));
        server.Authorization.ShouldBe("Bearer inline");
    }

    [Fact]
    public void OfSeveralFilesTheFirstEntryOfANameCounts()
    {
        var first = _directory.Write("one", """
            contexts: [{name: c, context: {cluster: k, user: "", namespace: shop}}]
            clusters: [{name: k, cluster: {server: "http://first:1/base"}}]
            """);
        var second = _directory.Write("two", """
            {"current-context": "c", "clusters": [{"name": "k", "cluster": {"server": "http://second"}}], "users": null}
            """);
        var paths = KubeconfigFiles.Paths(null, _ => string.Join(Path.PathSeparator, first, "/nowhere", second));
        var connection = KubeconfigConnection.Open(paths, null, _time, _logger);
        connection.BaseAddress.ShouldBe(new Uri("http://first:1/base/"));
        connection.Namespace.ShouldBe("shop");
        KubeconfigFiles.Paths("/explicit", static _ => "/other").ShouldBe(["/explicit"]);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("Shop")]
    [InlineData("a.b")]
    public void ANamespaceThatIsNoNameIsAFaultOfTheConfiguration(string ns)
    {
        var file = _directory.Write("config", $$"""
            {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "", "namespace": "{{ns}}"} }],
             "clusters": [{"name": "k", "cluster": {"server": "http://first:1"} }]}
            """);
        Should.Throw<ClusterConfigurationException>(() => KubeconfigConnection.Open([file], null, _time, _logger)).Message.ShouldContain(ns);

        _directory.Write("token", "t");
        _directory.Write("ca.crt", _authority.Pem);
        _directory.Write("namespace", ns);
        Should.Throw<ClusterConfigurationException>(() => InClusterConnection.Open(_directory.Path, Variables("127.0.0.1", "443"), _time)).Message.ShouldContain(ns);
    }

    [Theory]
    [InlineData("other", "", "no context 'other'")]
    [InlineData(null, "    username: u\n    password: p", "password")]
    [InlineData(null, "    auth-provider: {name: oidc}", "exec plugin")]
    [InlineData(null, "    client-certificate-data: AAAA", "only one of")]
    [InlineData(null, "    client-certificate-data: '***'\n    client-key-data: AAAA", "not base64")]
    public void AKubeconfigThatCannotWorkIsRefusedAtOnce(string? context, string user, string words)
    {
        var file = Kubeconfig(1, user: user);
        Should.Throw<ClusterConfigurationException>(() => KubeconfigConnection.Open([file], context, _time, _logger)).Message.ShouldContain(words);
    }

    [Fact]
    public async Task AnExecPluginIsAskedOnceUntilItsCredentialExpiresOrIsRefused()
    {
        var plugin = _directory.WriteScript("plugin", $$$"""
            echo x >> {{{_directory.Path}}}/runs
            n=$(wc -l < {{{_directory.Path}}}/runs)
            printf '%s' "$KUBERNETES_EXEC_INFO" > {{{_directory.Path}}}/info
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'"$1-$PREFIX-"$n'","expirationTimestamp":"2026-11-20T12:10:00Z"}}'
            """);
        var exec = new ExecWithMode
        {
            ApiVersion = "client.authentication.k8s.io/v1",
            Command = plugin,
            Arguments = ["arg"],
            ProvideClusterInfo = true,
            EnvironmentVariables = [new() { ["name"] = "PREFIX", ["value"] = "env" }],
        };
        var source = new ExecCredential(exec, new() { Server = "https://k" }, _time);
        var first = await source.GetAsync(Token);
        first.Token.ShouldBe("arg-env-1");
        (await File.ReadAllTextAsync(Path.Combine(_directory.Path, "info"), Token)).ShouldBe(
            """{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":"https://k"}}}""");
        (await source.GetAsync(Token)).ShouldBeSameAs(first);

        _time.Advance(TimeSpan.FromMinutes(10));
        _time.GetUtcNow().ShouldBe(new DateTimeOffset(2026, 11, 20, 12, 10, 0, TimeSpan.Zero));
        var second = await source.GetAsync(Token);
        second.Token.ShouldBe("arg-env-2");
        source.Reject(first).ShouldBeTrue();
        source.Reject(second).ShouldBeTrue();
        (await source.GetAsync(Token)).Token.ShouldBe("arg-env-3");
    }

    [Theory]
    [InlineData("client.authentication.k8s.io/v1beta1", "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"t\"}}'")]
    [InlineData("client.authentication.k8s.io/v1alpha1", "echo '{}'")]
    [InlineData("client.authentication.k8s.io/v1", "exit 3")]
    [InlineData("client.authentication.k8s.io/v1", "echo secret-that-is-no-json")]
    [InlineData("client.authentication.k8s.io/v1", "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'")]
    public async Task APluginThatFailsIsAnUnansweredRequestThatQuotesNothing(string version, string script)
    {
        var exec = new ExecWithMode { ApiVersion = version, Command = _directory.WriteScript("plugin", script) };
        var failure = await Should.ThrowAsync<KubernetesApiException>(async () => await new ExecCredential(exec, null, _time).GetAsync(Token));
        failure.StatusCode.ShouldBe(0);
        failure.Message.ShouldNotContain("secret");
    }

    [Fact]
    public void OptionsReportEveryFaultAtOnce()
    {
        var options = new KubernetesOptions { Mode = KubernetesMode.Emulated, EmulatorUrl = "nowhere", Namespaces = { "shop", "Not_a_name", "shop" }, InstanceName = "a b" };
        options.Validate().Count().ShouldBe(4);
        new KubernetesOptions().Validate().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void MoreNamespacesThanARevisionHoldsAreAFault(int namespaces, int faults)
    {
        var options = new KubernetesOptions();
        for (var i = 0; i < namespaces; i++)
            options.Namespaces.Add($"ns-{i}");

        options.Validate().Count().ShouldBe(faults);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _authority.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Func<string, string?> Variables(string host, string port) => name => name switch
    {
        "KUBERNETES_SERVICE_HOST" => host,
        "KUBERNETES_SERVICE_PORT" => port,
        _ => null,
    };

    private static KubernetesApi NewApi(ClusterConnection connection) => new(connection, new KubernetesOptions(), new GatewayMetrics());

    private async Task GetAsync(string kubeconfig)
    {
        using var api = NewApi(KubeconfigConnection.Open([kubeconfig], null, _time, _logger));
        (await api.GetPodAsync("shop", "a", Token)).ShouldNotBeNull();
    }

    private string Kubeconfig(int port, string cluster = "", string user = "    token: t") => _directory.Write("config", $"""
        apiVersion: v1
        kind: Config
        current-context: c
        contexts:
        - name: c
          context:
            cluster: k
            user: u
        clusters:
        - name: k
          cluster:
            server: https://127.0.0.1:{port}
            certificate-authority-data: {Base64(_authority.Pem)}
        {cluster}
        users:
        - name: u
          user:
        {user}
        """);
}
