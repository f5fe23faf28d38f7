using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;

namespace Gateway.Tests.EndToEnd;

/// <summary>A small emulated cluster and a gateway that follows it; what happens in the cluster is the test's to say.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private readonly List<GatewayUnderTest> _more = [];

    private readonly List<KeyValuePair<string, string?>> _settings;

    private TestRegistry(SmallCluster cluster, GatewayUnderTest gateway, List<KeyValuePair<string, string?>> settings) =>
        (Small, Gateway, _settings) = (cluster, gateway, settings);

    public SmallCluster Small { get; }

    public EmulatedCluster Cluster => Small.Cluster;

    public GatewayUnderTest Gateway { get; }

    public HttpClient Http => Gateway.Http;

    public static async Task<TestRegistry> StartAsync(bool player = false, params (string Key, string Value)[] settings)
    {
        var cluster = await SmallCluster.StartAsync(player: player);
        cluster.Node("node-1", "zone-a");
        cluster.Node("node-2", "zone-b");
        var all = settings.Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)).ToList();
        return new TestRegistry(cluster, await GatewayUnderTest.StartAsync(cluster.Cluster.Url, all), all);
    }

    /// <summary>Another replica on the same cluster with the same settings, told apart at the API server by its name.</summary>
    public Task<GatewayUnderTest> ReplicaAsync(string name) => ReplicaAsync(name, synced: true);

    /// <summary>The same, which is not waited for until it has seen the cluster.</summary>
    public Task<GatewayUnderTest> UnsyncedReplicaAsync(string name) => ReplicaAsync(name, synced: false);

    private async Task<GatewayUnderTest> ReplicaAsync(string name, bool synced)
    {
        var replica = await GatewayUnderTest.StartAsync(
            Cluster.Url, [.. _settings, KeyValuePair.Create("Kubernetes:InstanceName", (string?)name)], synced: synced);
        _more.Add(replica);
        return replica;
    }

    /// <summary>A pod with one container <c>app</c> that runs and is ready, as the kubelet writes it.</summary>
    public StoredObject Pod(string name, string address, string node = "node-1", string labels = "{}", bool isRunning = true)
    {
        Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","labels":{{labels}} },
             "spec":{"containers":[{"name":"app","image":"example/app:1","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]}]} }
            """);
        return isRunning
            ? Cluster.Player.Run("shop", name, node, [.. address.Split(',').Select(IPAddress.Parse)])
            : Cluster.Storage.Get(ResourceKinds.Pods, "shop", name)!;
    }

    /// <summary>A slice as another controller or a person would write it.</summary>
    public void Slice(string name, string service, string endpoints, string addressType = "IPv4", string ports = """[{"name":"http","port":8080,"protocol":"TCP"}]""") =>
        Small.Create(ResourceKinds.EndpointSlices, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","labels":{"kubernetes.io/service-name":"{{service}}"} },
             "addressType":"{{addressType}}","endpoints":{{endpoints}},"ports":{{ports}} }
            """);

    public Task<JsonNode> RegisterAsync(string pod, string service, int port = 8080, HttpStatusCode? expected = null) =>
        Http.RegisterAsync(new { @namespace = "shop", pod, service, port, container = "app" }, expected);

    public string UidOf(string pod) => Cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)!.Uid;

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _more)
            await replica.DisposeAsync();
        await Gateway.DisposeAsync();
        await Small.DisposeAsync();
    }
}
