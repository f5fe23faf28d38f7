using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance.Registering;

/// <summary>A gateway that follows a plane by its kubeconfig, as a cluster's gateway would, and callers who come with tokens of the plane.</summary>
internal sealed class GatewayOnPlane : IAsyncDisposable
{
    private readonly List<HttpClient> _callers = [];

    private GatewayOnPlane(TestCluster cluster, GatewayUnderTest gateway) => (Cluster, Gateway) = (cluster, gateway);

    public TestCluster Cluster { get; }

    public GatewayUnderTest Gateway { get; }

    /// <summary>A caller without a token: lookups are open.</summary>
    public HttpClient Http => Gateway.Http;

    public static async Task<GatewayOnPlane> StartAsync(TestCluster cluster, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Kubernetes:Mode"] = "Kubeconfig",
            ["Kubernetes:Kubeconfig"] = cluster.Plane.Kubeconfig,
            ["Kubernetes:Namespaces:0"] = cluster.Namespace,
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var gateway = await GatewayUnderTest.StartAsync(cluster.Plane.Url, all, environment: "Production");
        return new GatewayOnPlane(cluster, gateway);
    }

    /// <summary>Who shows this token.</summary>
    public HttpClient With(string token)
    {
        var caller = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Http.BaseAddress, Timeout = Patience.Limit };
        caller.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _callers.Add(caller);
        return caller;
    }

    /// <summary>The process in a pod, with the token that is projected into it.</summary>
    public async Task<HttpClient> InPodAsync(string pod) => With(await Cluster.TokenAsync(pod));

    public string Instances(string service) => $"/v1/namespaces/{Cluster.Namespace}/services/{service}/instances";

    public string Watch(string service) => $"/v1/namespaces/{Cluster.Namespace}/services/{service}/watch";

    public static async Task<(int Status, JsonNode? Body)> SendAsync(HttpClient caller, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        using var answer = await caller.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public static Task<(int Status, JsonNode? Body)> RegisterAsync(HttpClient caller, object body) => SendAsync(caller, HttpMethod.Post, "/v1/registrations", body);

    /// <summary>Own annotations of a pod as the API server has them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AnnotationsAsync(string pod)
    {
        var read = (await Cluster.Api.GetAsync(Cluster.Pod(pod))).Expect(200);
        return (read.At("metadata", "annotations") as JsonObject ?? [])
            .Where(static entry => entry.Key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))
            .ToDictionary(static entry => entry.Key, static entry => (string)entry.Value!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var caller in _callers)
        {
            caller.Dispose();
        }

        await Gateway.DisposeAsync();
    }
}
