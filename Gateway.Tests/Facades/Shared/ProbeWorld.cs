using System.Net;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Shared;

/// <summary>An emulated cluster, and replicas of a gateway that also speak <see cref="ProbeFacade"/>; callers come from any address.</summary>
internal sealed class ProbeWorld : IAsyncDisposable
{
    private readonly SmallCluster _small;
    private readonly (string Key, string Value)[] _settings;
    private readonly TimeProvider? _time;
    private readonly List<GatewayUnderTest> _replicas = [];

    private ProbeWorld(SmallCluster small, TimeProvider? time, (string Key, string Value)[] settings) => (_small, _time, _settings) = (small, time, settings);

    public EmulatedCluster Cluster => _small.Cluster;

    public LogBook Logs { get; } = new();

    public GatewayUnderTest First => _replicas[0];

    public static Task<ProbeWorld> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<ProbeWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var world = new ProbeWorld(await SmallCluster.StartAsync(), time, settings);
        world._small.Node("node-1", "zone-a");
        world._small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        await world._small.SettleAsync();
        await world.ReplicaAsync("first");
        return world;
    }

    public async Task<GatewayUnderTest> ReplicaAsync(string name)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Kubernetes:InstanceName"] = name,
            ["Identity:SourceAddress"] = "true",
            ["Subscriptions:SingleReplica"] = "false",
        };
        foreach (var (key, value) in _settings)
            settings[key] = value;
        var replica = await GatewayUnderTest.StartAsync(
            Cluster.Url, settings, Logs, "Production", time: _time,
            adjust: static builder => builder.Services.AddSingleton<IStartupFilter>(new RemoteAddressFilter()), map: ProbeFacade.Map);
        _replicas.Add(replica);
        return replica;
    }

    public async Task PodAsync(string name, string addresses, string ns = "shop")
    {
        _small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}"},
             "spec":{"containers":[{"name":"app","image":"example/app:1","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]}]} }
            """);
        Cluster.Player.Run(ns, name, "node-1", [.. addresses.Split(',').Select(IPAddress.Parse)]);
        foreach (var replica in _replicas)
        {
            (await replica.State.WaitAsync(snapshot => snapshot.RegistrationsOf(ns, name) is { Pod: { Ready: true, PodIPs.IsEmpty: false } }, Patience.Limit))
                .ShouldNotBeNull();
        }
    }

    public void Terminate(string pod) => _small.Terminate(pod);

    public string Token(string pod, string ns = "shop", TimeSpan? lifetime = null) =>
        Cluster.IssueToken(ns, "default", pod, ["registry-gateway"], lifetime);

    /// <summary>How many requests that concern a single pod the API server has had.</summary>
    public int PodCalls() => Cluster.Requests.Count(static request => request.Path.Contains("/pods/", StringComparison.Ordinal));

    public int Patches() => Cluster.Requests.Count(static request => request.Method == "PATCH" && request.Path.Contains("/pods/", StringComparison.Ordinal));

    public IReadOnlyDictionary<string, string> Own(string pod, string ns = "shop") =>
        (Cluster.Storage.Get(ResourceKinds.Pods, ns, pod)?.Copy()["metadata"]!["annotations"]?.AsObject() ?? [])
            .Where(static entry => entry.Key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))
            .ToDictionary(static entry => entry.Key, static entry => (string)entry.Value!);

    public Task<string> CallAsync(string method, string path, string from, params (string Name, string Value)[] headers) => CallAsync(First, method, path, from, headers);

    /// <summary>The status and the text of the answer.</summary>
    public static async Task<string> CallAsync(GatewayUnderTest replica, string method, string path, string from, params (string Name, string Value)[] headers)
    {
        using var answer = await replica.Http.CallAsync(method, path, headers: [(RemoteAddressFilter.Header, from), .. headers]);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }

    /// <summary>Until that replica has taken in what was written to the pod last.</summary>
    public async Task SeenAsync(GatewayUnderTest replica, string pod, string ns = "shop")
    {
        var stored = Cluster.Storage.Get(ResourceKinds.Pods, ns, pod)!;
        var version = ulong.Parse((string)stored.Copy()["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
        (await replica.State.WaitForPodAsync(ns, pod, stored.Uid, version, Patience.Limit)).ShouldNotBeNull();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await _small.DisposeAsync();
    }
}
