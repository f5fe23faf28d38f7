using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Interop;

/// <summary>
/// dubbo-go 1.4's Kubernetes registry: its own namespace only, label <c>dubbo.io-value</c>, values escaped inside the URL and again as a whole,
/// a directory before each leaf, and nothing that is ever taken away.
/// </summary>
internal sealed class DubboGo14(SdkApi api, string ns) : ISdkReader, ISdkWriter
{
    private const string Label = "dubbo.io-value";

    public async Task RegisterAsync(string pod, string address, SdkService service)
    {
        var url = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["anyhost"] = "true",
            ["application"] = service.Application,
            ["category"] = "providers",
            ["dubbo"] = "dubbo-provider-golang-2.6.0",
            ["group"] = service.Group,
            ["interface"] = service.Interface,
            ["ip"] = address,
            ["methods"] = "SayHello,Bye",
            ["pid"] = "6",
            ["registry.role"] = "3",
            ["release"] = "dubbo-golang-1.4.5",
            ["service.filter"] = "echo,token",
            ["side"] = "provider",
            ["timestamp"] = "1600000000",
            ["version"] = service.Version,
        };
        await AppendAsync(pod, ($"/dubbo/{service.Interface}/providers", ""));
        await AppendAsync(pod, SdkCodec.Leaf("providers", service.Protocol, $"{address}:{service.Port}", service.Interface, url));
    }

    /// <summary>One record: read, append, patch; then the label unless it is so already.</summary>
    public async Task AppendAsync(string pod, (string Key, string Value) record)
    {
        await DubboGoAnnotation.AppendAsync(api, ns, pod, record);
        var labels = (await api.GetAsync($"/api/v1/namespaces/{ns}/pods/{pod}"))!["metadata"]!["labels"];
        if ((string?)labels?["dubbo.io/label"] != Label)
            await api.PatchPodAsync(ns, pod, DubboGoAnnotation.StrategicMergePatch, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["dubbo.io/label"] = Label } } });
    }

    public async Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service) =>
        DubboGoAnnotation.Providers(await api.ListPodsAsync(ns, "dubbo.io/label=" + Label), service);
}
