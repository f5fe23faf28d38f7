using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.Conformance.Planes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Callers;

/// <summary>
/// A cluster that authorizes by the roles of docs/manifests and fences pods by the policy, and a gateway in it as in production: with its
/// account's token and nothing more. Everything it logs is kept.
/// </summary>
internal sealed class FencedRegistry : IAsyncDisposable
{
    public const string Audience = "registry-gateway";

    private readonly string _folder = Directory.CreateTempSubdirectory("fenced-").FullName;
    private readonly List<string> _tokens = [];
    private ILoggerProvider? _logs;

    private FencedRegistry(EmulatedCluster cluster) => Cluster = cluster;

    public EmulatedCluster Cluster { get; }

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public LogBook Logs { get; } = new();

    public HttpClient Http => Gateway.Http;

    /// <summary>Every token that was made here, the gateway's own too.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    public static Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, null, settings);

    /// <summary>One that logs as in production, to another than <see cref="Logs"/>, and whose API server keeps few changes of the past.</summary>
    public static Task<FencedRegistry> StartQuietAsync(ILoggerProvider logs, params (string Key, string Value)[] settings) => StartAsync(
        null, registry => registry._logs = logs, true, [("Logging:LogLevel:Default", "Information"), ("Logging:LogLevel:Microsoft.AspNetCore", "Warning"), .. settings], history: 512);

    /// <param name="time">The gateway's time.</param>
    /// <param name="prepare">Changes the cluster before the gateway starts.</param>
    /// <param name="settings">Configuration, <c>Section:Key</c>.</param>
    public static Task<FencedRegistry> StartAsync(TimeProvider? time, Action<FencedRegistry>? prepare, params (string Key, string Value)[] settings) =>
        StartAsync(time, prepare, true, settings);

    /// <param name="time">The gateway's time.</param>
    /// <param name="prepare">Changes the cluster before the gateway starts.</param>
    /// <param name="synced">Wait until the gateway has seen the cluster.</param>
    /// <param name="settings">Configuration, <c>Section:Key</c>.</param>
    public static async Task<FencedRegistry> StartAsync(TimeProvider? time, Action<FencedRegistry>? prepare, bool synced, (string Key, string Value)[] settings, int history = 16_384)
    {
        var options = new EmulatorOptions
        {
            Url = "http://127.0.0.1:0",
            Demo = false,
            Player = false,
            Authorization = AuthorizationMode.Rbac,
            PodPolicy = true,
            HistoryLength = history,
        };
        var registry = new FencedRegistry(await EmulatedCluster.StartAsync(options, cancellationToken: TestContext.Current.CancellationToken));
        foreach (var ns in new[] { "registry", "shop", "billing" })
            registry.Create(ResourceKinds.Namespaces, $$"""{"metadata":{"name":"{{ns}}"} }""");
        registry.Create(ResourceKinds.Nodes, """{"metadata":{"name":"node-1","labels":{"topology.kubernetes.io/zone":"zone-a"}}}""");
        foreach (var manifest in Manifests.Read("least-privilege.yaml"))
            registry.Cluster.Apply(manifest);
        foreach (var ns in new[] { "shop", "billing" })
            registry.Create(ResourceKinds.ServiceAccounts, $$"""{"metadata":{"name":"app","namespace":"{{ns}}"} }""");
        prepare?.Invoke(registry);
        await registry.StartGatewayAsync(time, synced, settings);
        return registry;
    }

    /// <summary>A pod that runs under the account <c>app</c>.</summary>
    public StoredObject Pod(string ns, string name, string address, string labels = "{}", string spec = "")
    {
        Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}","labels":{{labels}} },
             "spec":{"serviceAccountName":"app",{{spec}}"containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        return Cluster.Player.Run(ns, name, "node-1", IPAddress.Parse(address));
    }

    /// <summary>The token that is projected into the pod.</summary>
    public string Token(string ns, string? pod, string audience = Audience, TimeSpan? lifetime = null)
    {
        var token = Cluster.IssueToken(ns, "app", pod, [audience], lifetime);
        lock (_tokens)
            _tokens.Add(token);
        return token;
    }

    /// <summary>The header that shows a token of the pod; null is a token of the account alone.</summary>
    public (string Name, string Value) As(string ns, string? pod) => ("Authorization", $"Bearer {Token(ns, pod)}");

    /// <summary>Lets an account of the namespace do something there.</summary>
    public void Grant(string ns, string name, string account, string group, string resource, params string[] verbs)
    {
        Create(ResourceKinds.Roles, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}"},
             "rules":[{"apiGroups":["{{group}}"],"resources":["{{resource}}"],"verbs":[{{string.Join(",", verbs.Select(static verb => $"\"{verb}\""))}}]}]}
            """);
        Create(ResourceKinds.RoleBindings, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"{{name}}"},
             "subjects":[{"kind":"ServiceAccount","namespace":"{{account.Split('/')[0]}}","name":"{{account.Split('/')[1]}}"}]}
            """);
    }

    /// <summary>Lets an account do something in every namespace.</summary>
    public void GrantEverywhere(string name, string account, string group, string resource, params string[] verbs)
    {
        Create(ResourceKinds.ClusterRoles, $$"""
            {"metadata":{"name":"{{name}}"},
             "rules":[{"apiGroups":["{{group}}"],"resources":["{{resource}}"],"verbs":[{{string.Join(",", verbs.Select(static verb => $"\"{verb}\""))}}]}]}
            """);
        Create(ResourceKinds.ClusterRoleBindings, $$"""
            {"metadata":{"name":"{{name}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{name}}"},
             "subjects":[{"kind":"ServiceAccount","namespace":"{{account.Split('/')[0]}}","name":"{{account.Split('/')[1]}}"}]}
            """);
    }

    public void Create(ResourceKind kind, string json) =>
        Cluster.Objects.Create(kind, JsonNode.Parse(json)!.AsObject()).ShouldNotBeNull(json);

    /// <summary>Until the gateway has seen these pods running.</summary>
    public Task SeenAsync(string ns, params string[] pods) => Gateway.State.WaitAsync(
        snapshot => pods.All(pod => snapshot.RegistrationsOf(ns, pod) is { } seen && !seen.Pod.PodIPs.IsEmpty), Patience.Limit);

    public Task<HttpResponseMessage> RegisterAsync(string ns, string pod, string service = "greeting") =>
        Http.PostAsync($$"""{"service":"{{service}}","port":8080}""", As(ns, pod));

    /// <summary>The registration's id.</summary>
    public async Task<string> RegisteredAsync(string ns, string pod, string service = "greeting")
    {
        using var answer = await RegisterAsync(ns, pod, service);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    /// <summary>Own annotations of a pod.</summary>
    public IReadOnlyDictionary<string, string> Own(string ns, string pod) =>
        (Cluster.Storage.Get(ResourceKinds.Pods, ns, pod)?.Copy()["metadata"]!["annotations"]?.AsObject() ?? [])
            .Where(static entry => entry.Key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))
            .ToDictionary(static entry => entry.Key, static entry => (string)entry.Value!);

    /// <summary>Whatever the gateway would have changed: the content of every pod, and how many writes of pods the API server has had.</summary>
    public string Written() => string.Join('\n', [
        $"{Cluster.Requests.Count(static request => request.Method != "GET" && request.Path.Contains("/pods", StringComparison.Ordinal))} writes",
        .. Cluster.Storage.List(ResourceKinds.Pods).Select(static pod => pod.Copy().ToJsonString()),
    ]);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartGatewayAsync(TimeProvider? time, bool synced, (string Key, string Value)[] settings)
    {
        var token = Cluster.IssueToken("registry", "registry-gateway");
        _tokens.Add(token);
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, AdminKubeconfig.Text(Cluster.Url, token));
        var all = new Dictionary<string, string?>
        {
            ["Kubernetes:Mode"] = "Kubeconfig",
            ["Kubernetes:Kubeconfig"] = kubeconfig,
            // As in a cluster, where a gateway has the names of its Service; mode Kubeconfig alone would guard it.
            ["AllowedHosts"] = "*",
            ["Election:Namespace"] = "registry",
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        };
        foreach (var (key, value) in settings)
            all[key] = value;
        Gateway = await GatewayUnderTest.StartAsync(
            Cluster.Url, all, _logs ?? Logs, "Production", synced, time, adjust: static (WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(new RemoteAddressFilter()));
    }
}
