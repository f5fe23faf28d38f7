using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Tests.Kubernetes.Informers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>
/// Configurations that KubernetesClient alone would misread: it has no tokenFile, proxy-url or interactiveMode, compares names without case, joins the
/// arguments of a plugin by spaces and leaves it running at its time limit.
/// </summary>
public sealed class LibraryConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new("cluster");
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void NamesThatDifferInCaseAreOthers()
    {
        var file = _directory.Write("config", """
            current-context: c
            contexts: [{name: C, context: {cluster: K, user: ""}}, {name: c, context: {cluster: k, user: ""}}]
            clusters: [{name: K, cluster: {server: "http://upper"}}, {name: k, cluster: {server: "http://lower"}}]
            """);
        Open(file).BaseAddress.ShouldBe(new Uri("http://lower/"));
        Open(file, "C").BaseAddress.ShouldBe(new Uri("http://upper/"));
        var missing = _directory.Write("missing", """
            current-context: c
            contexts: [{name: C, context: {cluster: k, user: ""}}]
            clusters: [{name: k, cluster: {server: "http://lower"}}]
            """);
        Should.Throw<ClusterConfigurationException>(() => Open(missing)).Message.ShouldContain("no context 'c'");
    }

    [Fact]
    public async Task WhatKubectlWritesAndTheGatewayDoesNotUseIsNoFault()
    {
        var file = _directory.Write("config", """
            apiVersion: v1
            kind: Config
            preferences: {colors: true}
            extensions: [{name: a, extension: {x: [1, 2]}}]
            current-context: c
            contexts:
            - name: c
              context: {cluster: k, user: u, extensions: [{name: context_info, extension: {provider: minikube.sigs.k8s.io}}]}
            clusters:
            - name: k
              cluster: {server: "http://server", disable-compression: true, extensions: [{name: cluster_info, extension: {version: v1}}]}
            users:
            - name: u
              user: {token: t, as: ann, as-uid: "7", as-groups: [devs], as-user-extra: {scopes: [a, b]}, extensions: [{name: e, extension: {}}]}
            """);
        (await Open(file).GetCredentialAsync(Token)).Token.ShouldBe("t");
    }

    [Fact]
    public async Task OfSeveralFilesEachPathIsRelativeToItsOwn()
    {
        var (one, two) = (Directory.CreateDirectory(Path.Combine(_directory.Path, "one")), Directory.CreateDirectory(Path.Combine(_directory.Path, "two")));
        File.WriteAllText(Path.Combine(one.FullName, "config"), """
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u}}]
            clusters: [{name: k, cluster: {server: "https://server", certificate-authority: ca.crt}}]
            """);
        File.WriteAllText(Path.Combine(one.FullName, "ca.crt"), _authority.Pem);
        File.WriteAllText(Path.Combine(two.FullName, "config"), "users: [{name: u, user: {tokenFile: tok}}]");
        File.WriteAllText(Path.Combine(two.FullName, "tok"), "of the second\n");

        var connection = KubeconfigConnection.Open([Path.Combine(one.FullName, "config"), Path.Combine(two.FullName, "config")], null, _time, NullLogger.Instance);

        connection.Trust.ShouldNotBeNull();
        (await connection.GetCredentialAsync(Token)).Token.ShouldBe("of the second");
    }

    [Fact]
    public async Task TheProxyOfAClusterIsUsed()
    {
        await using var proxy = await ScriptedApiServer.StartAsync();
        var file = _directory.Write("config", $$$"""
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: ""}}]
            clusters: [{name: k, cluster: {server: "http://api.cluster.example", proxy-url: "{{{proxy.Address}}}"}}]
            """);
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(Open(file), new KubernetesOptions(), metrics);
        var getting = api.GetPodAsync("shop", "a", Token);
        var request = await proxy.NextAsync();
        request.Header("Host").ShouldBe("api.cluster.example");
        await request.AnswerAsync(200, Wire.Pod("a", 1));
        (await getting).ShouldNotBeNull();
    }

    [Fact]
    public async Task ARotatedAuthorityIsReadAgainAfterAMinute()
    {
        using var rotated = new TestAuthority("rotated");
        await using var server = await TlsApiServer.StartAsync(rotated.IssueServer("127.0.0.1"));
        _directory.Write("token", "t");
        _directory.Write("ca.crt", _authority.Pem);
        var connection = InClusterConnection.Open(
            _directory.Path, name => name == "KUBERNETES_SERVICE_HOST" ? "127.0.0.1" : $"{server.Port}", _time);
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(connection, new KubernetesOptions(), metrics);
        await api.GetPodAsync("shop", "a", Token).ShouldThrowAsync<KubernetesApiException>();

        _directory.Write("ca.crt", rotated.Pem);
        await api.GetPodAsync("shop", "a", Token).ShouldThrowAsync<KubernetesApiException>();
        _time.Advance(TimeSpan.FromMinutes(1));
        (await api.GetPodAsync("shop", "a", Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task AnArgumentWithSpacesIsOneArgument()
    {
        var exec = Plugin($$$"""
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'"$#-$1"'"}}'
            """);
        exec.Arguments = ["a b", "$c"];
        (await new ExecCredential(exec, null, _time).GetAsync(Token)).Token.ShouldBe("2-a b");
    }

    [Fact]
    public async Task ACertificateOfAPluginIsRenewedWithItsCredential()
    {
        foreach (var name in new[] { "first", "second" })
        {
            using var issued = _authority.IssueClient($"CN={name}");
            _directory.Write(name, $$$"""
                {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"expirationTimestamp":"2026-11-20T12:10:00Z",
                 "clientCertificateData":{{{Quoted(issued.ExportCertificatePem())}}},"clientKeyData":{{{Quoted(issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}}}}}
                """);
        }

        var source = new ExecCredential(Plugin($"cat {_directory.Path}/first; if test -e {_directory.Path}/second; then mv {_directory.Path}/second {_directory.Path}/first; fi"), null, _time);

        (await source.GetAsync(Token)).Certificate!.Subject.ShouldBe("CN=first");
        _time.Advance(TimeSpan.FromMinutes(10));
        (await source.GetAsync(Token)).Certificate!.Subject.ShouldBe("CN=second");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APluginThatDoesNotAnswerIsEnded(bool callerCancels)
    {
        using var cancelled = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_directory.Path, "begun");
        watcher.Created += (_, _) => begun.TrySetResult();
        watcher.EnableRaisingEvents = true;
        var getting = new ExecCredential(Plugin($"echo $$ > {_directory.Path}/pid; touch {_directory.Path}/begun; exec sleep 1000"), null, _time)
            .GetAsync(cancelled.Token).AsTask();
        await begun.Task.Within();

        if (callerCancels)
        {
            await cancelled.CancelAsync();
            await getting.Within().ShouldThrowAsync<OperationCanceledException>();
        }
        else
        {
            _time.Advance(TimeSpan.FromSeconds(60));
            (await getting.Within().ShouldThrowAsync<KubernetesApiException>()).StatusCode.ShouldBe(0);
        }

        await EndedAsync(int.Parse(await File.ReadAllTextAsync(Path.Combine(_directory.Path, "pid"), Token), null));
    }

    [Fact]
    public void APluginWithoutACommandIsAFaultOfTheConfiguration()
    {
        var file = _directory.Write("config", """
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u}}]
            clusters: [{name: k, cluster: {server: "http://server"}}]
            users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1}}}]
            """);
        Should.Throw<ClusterConfigurationException>(() => Open(file)).Message.ShouldContain("no command");
    }

    public void Dispose()
    {
        _directory.Dispose();
        _authority.Dispose();
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static async Task EndedAsync(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            await process.WaitForExitAsync(Token).Within();
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
    }

    private ClusterConnection Open(string file, string? context = null) => KubeconfigConnection.Open([file], context, _time, NullLogger.Instance);

    private ExecWithMode Plugin(string script) =>
        new() { ApiVersion = "client.authentication.k8s.io/v1", Command = _directory.WriteScript("plugin", script) };
}
