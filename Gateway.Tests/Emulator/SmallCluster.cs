using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator;

/// <summary>An emulated cluster with namespace <c>shop</c> and nothing else in it, and short ways to put objects in and to look at them.</summary>
internal sealed class SmallCluster : IAsyncDisposable
{
    private readonly EmulatedCluster _cluster;

    private SmallCluster(EmulatedCluster cluster) => _cluster = cluster;

    public EmulatedCluster Cluster => _cluster;

    public static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public static async Task<SmallCluster> StartAsync(
        bool player = false, bool controllers = true, bool dualStackPods = false, TimeProvider? time = null, string? admin = null,
        TimeSpan? bookmarks = null, int servers = 1)
    {
        var options = new EmulatorOptions
        {
            Url = "http://127.0.0.1:0",
            Demo = false,
            Player = player,
            Controllers = controllers,
            DualStackPods = dualStackPods,
            AdminToken = admin,
            BookmarkInterval = bookmarks ?? new EmulatorOptions().BookmarkInterval,
        };
        var small = new SmallCluster(await EmulatedCluster.StartAsync(options, time, servers: servers, cancellationToken: Deadline));
        small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"shop"}}""");
        return small;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    public Task SettleAsync() => _cluster.SettleAsync(Deadline).WaitAsync(TimeSpan.FromSeconds(30), Deadline);

    public StoredObject Create(ResourceKind kind, string json) =>
        _cluster.Objects.Create(kind, JsonNode.Parse(json)!.AsObject()) ?? throw new InvalidOperationException("There is one of that name: " + json);

    public void Node(string name, string? zone = null) =>
        Create(ResourceKinds.Nodes, zone is null
            ? $$"""{"metadata":{"name":"{{name}}"} }"""
            : $$"""{"metadata":{"name":"{{name}}","labels":{"topology.kubernetes.io/zone":"{{zone}}"} } }""");

    /// <summary>A Service <c>orders</c> for the pods with <c>app=orders</c>, its port <c>http</c> leading to 8080, with more in its spec or other things in it.</summary>
    public StoredObject Service(string spec = "{}", string name = "orders", string labels = "{}")
    {
        var service = JsonNode.Parse($$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","labels":{{labels}} },
             "spec":{"clusterIP":"10.96.0.{{name.Length}}","ipFamilies":["IPv4"],"type":"ClusterIP","selector":{"app":"{{name}}"},
                     "ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080}]} }
            """)!.AsObject();
        foreach (var (field, value) in JsonNode.Parse(spec)!.AsObject())
        {
            service["spec"]![field] = value?.DeepClone();
            if (value is null)
            {
                service["spec"]!.AsObject().Remove(field);
            }
        }

        return _cluster.Objects.Create(ResourceKinds.Services, service)!;
    }

    /// <summary>A running, ready pod with label <c>app=orders</c> on node-1.</summary>
    public StoredObject Pod(
        string name, string ip, string node = "node-1", string app = "orders", string ports = """[{"name":"http","containerPort":8080,"protocol":"TCP"}]""", string spec = "{}")
    {
        var pod = JsonNode.Parse($$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","labels":{"app":"{{app}}"} },
             "spec":{"nodeName":"{{node}}","containers":[{"name":"app","image":"example/orders:1","ports":{{ports}} }]} }
            """)!.AsObject();
        foreach (var (field, value) in JsonNode.Parse(spec)!.AsObject())
        {
            pod["spec"]![field] = value?.DeepClone();
        }

        _cluster.Objects.Create(ResourceKinds.Pods, pod);
        JsonArray ips = [.. ip.Split(',').Select(static address => new JsonObject { ["ip"] = address })];
        return ChangePod(name, content =>
        {
            content["status"] = JsonNode.Parse("""{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}""");
            content["status"]!["podIP"] = ip.Split(',')[0];
            content["status"]!["podIPs"] = ips.DeepClone();
        });
    }

    public StoredObject ChangePod(string name, Action<JsonObject> change) =>
        _cluster.Objects.Change(ResourceKinds.Pods, "shop", name, change, "status") ?? throw new InvalidOperationException("No pod " + name);

    public void SetReady(string pod, bool isReady) =>
        ChangePod(pod, content => content["status"]!["conditions"]![0]!["status"] = isReady ? "True" : "False");

    /// <summary>What a deletion with a grace period does.</summary>
    public void Terminate(string pod, string at = "2030-01-01T00:00:00Z") => ChangePod(pod, content =>
    {
        content["metadata"]!["deletionTimestamp"] = at;
        content["metadata"]!["deletionGracePeriodSeconds"] = 30;
    });

    public void Change(ResourceKind kind, string name, Action<JsonObject> change) =>
        _cluster.Objects.Change(kind, kind.Namespaced ? "shop" : "", name, change).ShouldNotBeNull();

    public void Remove(ResourceKind kind, string name) => _cluster.Objects.Remove(kind, kind.Namespaced ? "shop" : "", name).ShouldBeTrue();

    public JsonObject? Get(ResourceKind kind, string name) => _cluster.Storage.Get(kind, kind.Namespaced ? "shop" : "", name)?.Copy();

    public List<JsonObject> Slices(string service = "orders") =>
    [
        .. _cluster.Storage.List(ResourceKinds.EndpointSlices)
            .Where(slice => slice.Labels.GetValueOrDefault("kubernetes.io/service-name") == service)
            .Select(static slice => slice.Copy()),
    ];

    /// <summary>The one slice that the Service has.</summary>
    public JsonObject Slice(string service = "orders") => Slices(service).ShouldHaveSingleItem();

    public static List<string> AddressesOf(JsonObject slice) =>
        slice["endpoints"] is JsonArray endpoints ? [.. endpoints.Select(static endpoint => (string)endpoint!["addresses"]![0]!)] : [];

    public static void ShouldBeJson(JsonNode? actual, string expected) =>
        JsonNode.DeepEquals(actual, JsonNode.Parse(expected)).ShouldBeTrue($"expected {expected}, got {actual?.ToJsonString()}");
}
