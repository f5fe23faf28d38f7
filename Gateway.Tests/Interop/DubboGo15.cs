using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Interop;

/// <summary>
/// dubbo-go 1.5's Kubernetes registry: labels <c>dubbo.io.provider</c> and <c>dubbo.io.consumer</c>, set only where there is no such label at
/// all; values raw inside the URL, empty ones left out.
/// </summary>
internal sealed class DubboGo15(SdkApi api, string ns) : ISdkReader, ISdkWriter
{
    public async Task RegisterAsync(string pod, string address, SdkService service)
    {
        var url = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["anyhost"] = "true",
            ["application"] = service.Application,
            ["group"] = service.Group,
            ["interface"] = service.Interface,
            ["ip"] = address,
            ["methods"] = "SayHello,Bye",
            ["pid"] = "1",
            ["registry.role"] = "3",
            ["release"] = "dubbo-golang-1.5.9",
            ["side"] = "provider",
            ["timestamp"] = "1700000000",
            ["version"] = service.Version,
        };
        var query = string.Join('&', url.Where(static parameter => parameter.Value.Length > 0).Select(static parameter => $"{parameter.Key}={parameter.Value}"));
        await AppendAsync(pod, ($"/dubbo/{service.Interface}/providers", ""));
        await AppendAsync(pod, SdkCodec.Leaf($"{service.Protocol}://{address}:{service.Port}/{service.Interface}?{query}", service.Interface));
    }

    /// <summary>One record: read, append, patch; then the label unless there is one.</summary>
    public async Task AppendAsync(string pod, (string Key, string Value) record)
    {
        await DubboGoAnnotation.AppendAsync(api, ns, pod, record);
        var labels = (await api.GetAsync($"/api/v1/namespaces/{ns}/pods/{pod}"))!["metadata"]!["labels"];
        if (labels?["dubbo.io/label"] is null)
            await api.PatchPodAsync(ns, pod, DubboGoAnnotation.StrategicMergePatch, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["dubbo.io/label"] = "dubbo.io.provider" } } });
    }

    public async Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service) =>
        DubboGoAnnotation.Providers(await api.ListPodsAsync(ns, "dubbo.io/label in (dubbo.io.consumer,dubbo.io.provider)"), service);
}
