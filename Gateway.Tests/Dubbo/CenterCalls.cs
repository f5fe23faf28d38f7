using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Dubbo;

/// <summary>Calls of the metadata center on behalf of a pod.</summary>
internal static class CenterCalls
{
    public static Task<HttpResponseMessage> PutAsync(this TestRegistry registry, string pod, string path, string body) => registry.Http.PutAsync(pod, path, body);

    public static Task<HttpResponseMessage> PutAsync(this HttpClient http, string pod, string path, string body) =>
        http.CallAsync("PUT", $"{DubboCluster.Path(path)}?namespace=shop&pod={pod}", body);
}
