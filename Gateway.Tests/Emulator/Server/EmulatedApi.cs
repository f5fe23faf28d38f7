using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Server;

/// <summary>An emulated API server with namespace <c>shop</c> and nothing that writes by itself, called over HTTP.</summary>
internal sealed class EmulatedApi : IAsyncDisposable
{
    public const string Pods = "/api/v1/namespaces/shop/pods";
    public const string Merge = "application/merge-patch+json";
    public const string Strategic = "application/strategic-merge-patch+json";
    public const string Json = "application/json-patch+json";

    private readonly HttpClient _client;

    private EmulatedApi(EmulatedCluster cluster)
    {
        Cluster = cluster;
        _client = new HttpClient { BaseAddress = cluster.Url, Timeout = Patience };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("tests/1.0");
    }

    public static TimeSpan Patience => TimeSpan.FromSeconds(30);
    public static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public EmulatedCluster Cluster { get; }

    public static async Task<EmulatedApi> StartAsync(Func<EmulatorOptions, EmulatorOptions>? change = null, TimeProvider? time = null)
    {
        var options = new EmulatorOptions { Url = "http://127.0.0.1:0", Demo = false, Player = false, Controllers = false };
        var api = new EmulatedApi(await EmulatedCluster.StartAsync(change?.Invoke(options) ?? options, time, cancellationToken: Deadline));
        api.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"shop"}}""");
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Cluster.DisposeAsync();
    }

    public StoredObject Create(ResourceKind kind, string json) => Cluster.Objects.Create(kind, JsonNode.Parse(json)!.AsObject()).ShouldNotBeNull();

    /// <summary>A running pod on a node, with a label <c>app</c>.</summary>
    public StoredObject Pod(string name, string app = "orders", string ns = "shop") => Create(ResourceKinds.Pods, $$$"""
        {"metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","labels":{"app":"{{{app}}}"}},
         "spec":{"nodeName":"node-1","containers":[{"name":"app","image":"example/orders:1","ports":[{"containerPort":8080}]}]},
         "status":{"phase":"Running","podIP":"10.1.0.1"}}
        """);

    public Task<ApiAnswer> GetAsync(string target, string? token = null) => SendAsync("GET", target, token: token);

    public Task<ApiAnswer> PatchAsync(string target, string patch, string media = Merge, string? token = null) => SendAsync("PATCH", target, patch, media, token);

    public async Task<ApiAnswer> SendAsync(string method, string target, string? body = null, string media = "application/json", string? token = null, string? accept = null)
    {
        using var response = await _client.SendAsync(Request(method, target, body, media, token, accept), Deadline);
        return new ApiAnswer((int)response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(Deadline));
    }

    public async Task<WatchReader> WatchAsync(string target, string? accept = null)
    {
        var response = await _client.SendAsync(Request("GET", target, null, "", null, accept), HttpCompletionOption.ResponseHeadersRead, Deadline);
        ((int)response.StatusCode).ShouldBe(200);
        return new WatchReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(Deadline), Encoding.UTF8));
    }

    private static HttpRequestMessage Request(string method, string target, string? body, string media, string? token, string? accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", media);
        }
        return request;
    }
}
