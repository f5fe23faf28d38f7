using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Calls of the metadata center on behalf of a pod.</summary>
internal static class CenterCalls
{
    public static Task<HttpResponseMessage> PutAsync(this TestRegistry registry, string pod, string path, string body) => registry.Http.PutAsync(pod, path, body);

    /// <summary>A put that has to succeed.</summary>
    public static async Task SayAsync(this TestRegistry registry, string pod, string path, string body)
    {
        using var answer = await registry.Http.PutAsync(pod, path, body);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public static Task<HttpResponseMessage> PutAsync(this HttpClient http, string pod, string path, string body) =>
        http.CallAsync("PUT", $"{DubboCluster.Path(path)}?namespace=shop&pod={pod}", body);
}
