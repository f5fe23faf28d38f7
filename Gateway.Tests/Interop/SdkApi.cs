using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Interop;

/// <summary>The API server as an SDK's client library calls it: plain reads, patches without any precondition.</summary>
internal sealed class SdkApi : IDisposable
{
    private readonly HttpClient _http;

    public SdkApi(Uri cluster)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = cluster, Timeout = Patience.Limit };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("sdk/1");
    }

    /// <summary>Null where there is no such object.</summary>
    public async Task<JsonNode?> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path).Within();
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text);
    }

    public async Task<IReadOnlyList<JsonNode>> ListPodsAsync(string ns, string labelSelector = "")
    {
        var list = await GetAsync($"/api/v1/namespaces/{ns}/pods?labelSelector={Uri.EscapeDataString(labelSelector)}");
        return [.. list!["items"]!.AsArray().Select(static pod => pod!)];
    }

    public async Task PatchPodAsync(string ns, string pod, string contentType, JsonNode patch)
    {
        using var body = new StringContent(patch.ToJsonString(), Encoding.UTF8, contentType);
        using var answer = await _http.PatchAsync($"/api/v1/namespaces/{ns}/pods/{pod}", body).Within();
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();
}
