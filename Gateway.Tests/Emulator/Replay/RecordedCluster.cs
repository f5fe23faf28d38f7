using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator.Playing;

namespace Gateway.Tests.Emulator.Replay;

/// <summary>
/// The cluster in which the recordings were made: namespace shop, pod orders-1 on a node that does not exist, orders-2 and orders-3 on node-1,
/// a Service. What controllers made is written by hand, so that only the API server is on trial.
/// </summary>
internal sealed class RecordedCluster : IAsyncDisposable
{
    public const string AdminToken = "the-admin";

    private readonly HttpClient _client;

    private RecordedCluster(EmulatedCluster cluster, ManualTimeProvider time)
    {
        Cluster = cluster;
        Time = time;
        _client = new HttpClient { BaseAddress = cluster.Url };
    }

    public EmulatedCluster Cluster { get; }
    public ManualTimeProvider Time { get; }

    public static async Task<RecordedCluster> StartAsync()
    {
        var time = new ManualTimeProvider(DateTimeOffset.Parse("2026-11-20T19:35:59Z"));
        var options = new EmulatorOptions
        {
            Url = "http://127.0.0.1:0",
            Demo = false,
            Player = false,
            Controllers = false,
            Authorization = AuthorizationMode.Rbac,
            AdminToken = AdminToken,
        };
        var recorded = new RecordedCluster(await EmulatedCluster.StartAsync(options, time, cancellationToken: TestContext.Current.CancellationToken), time);
        recorded.Fill();
        return recorded;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Cluster.DisposeAsync();
    }

    public StoredObject Pod(string name) => Cluster.Storage.Get(ResourceKinds.Pods, "shop", name)!;

    public void Create(ResourceKind kind, string json) => Cluster.Objects.Create(kind, JsonNode.Parse(json)!.AsObject()).ShouldNotBeNull();

    /// <summary>What a recorded object, or the items of a recorded list, held.</summary>
    public void CreateRecorded(ResourceKind kind, string recording)
    {
        var answer = JsonNode.Parse(Recording.Read(recording).Answer)!.AsObject();
        foreach (var item in answer["items"] is JsonArray items ? items.Select(static one => one!.AsObject()).ToList() : [answer])
            Cluster.Objects.Create(kind, (JsonObject)item.DeepClone()).ShouldNotBeNull();
    }

    public Task<HttpResponseMessage> SendAsync(
        string method, string target, string body = "", IReadOnlyDictionary<string, string>? headers = null, string? token = AdminToken)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (headers?.GetValueOrDefault("Accept") is { } accept)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", headers?.GetValueOrDefault("Content-Type") ?? "application/json");
        }
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private void Fill()
    {
        Create(ResourceKinds.Namespaces, """{"metadata":{"name":"shop"}}""");
        Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"default","namespace":"shop"}}""");
        Create(ResourceKinds.Nodes, """{"metadata":{"name":"node-1","labels":{"topology.kubernetes.io/zone":"zone-1"}}}""");
        CreatePod("02-list-pods");
        CreateRecorded(ResourceKinds.Services, "37-service");
        Time.Advance(TimeSpan.FromSeconds(22 * 60 + 7));
        CreatePod("01-get-pod");
        CreatePod("01-get-pod", "orders-3", "10.1.0.8");
    }

    private void CreatePod(string recording, string? name = null, string? ip = null)
    {
        var answer = JsonNode.Parse(Recording.Read(recording).Answer)!.AsObject();
        var recorded = answer["items"]?[0]?.AsObject() ?? answer;
        var manifest = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name ?? (string?)recorded["metadata"]!["name"],
                ["namespace"] = "shop",
                ["labels"] = recorded["metadata"]!["labels"]!.DeepClone(),
                ["annotations"] = recorded["metadata"]!["annotations"]?.DeepClone(),
            },

            // Only what a manifest says: the rest must come from the server's defaults.
            ["spec"] = new JsonObject
            {
                ["nodeName"] = recorded["spec"]!["nodeName"]!.DeepClone(),
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "app",
                    ["image"] = recorded["spec"]!["containers"]![0]!["image"]!.DeepClone(),
                    ["ports"] = recorded["spec"]!["containers"]![0]!["ports"]!.DeepClone(),
                }),
            },
        };
        manifest["spec"]!["containers"]![0]!["ports"]![0]!.AsObject().Remove("protocol");
        var pod = Cluster.Objects.Create(ResourceKinds.Pods, manifest).ShouldNotBeNull();
        Cluster.Objects.Change(ResourceKinds.Pods, "shop", pod.Name, content =>
        {
            content["status"] = recorded["status"]!.DeepClone();
            if (ip is not null)
            {
                content["status"]!["podIP"] = ip;
                content["status"]!["podIPs"]![0]!["ip"] = ip;
                content["status"]!["containerStatuses"]![0]!["containerID"] = "containerd://" + 3.ToString("D64");
            }
        }, "status");
    }
}
