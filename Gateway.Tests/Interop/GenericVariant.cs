using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Interop;

/// <summary>The "Non Service" variant: keys and values as in dubbo-go under names of its own, in the pod's namespace only.</summary>
internal sealed class GenericVariant(SdkApi api, string ns) : ISdkReader, ISdkWriter
{
    private const string Key = "app.io/annotation";

    public async Task RegisterAsync(string pod, string address, SdkService service)
    {
        var leaf = SdkCodec.Leaf(
            "providers", service.Protocol, $"{address}:{service.Port}", service.Interface,
            new Dictionary<string, string> { ["application"] = service.Application, ["group"] = service.Group, ["version"] = service.Version });
        await api.PatchPodAsync(ns, pod, "application/merge-patch+json", new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject { [Key] = SdkCodec.Encode(leaf) },
                ["labels"] = new JsonObject { ["app.io/label"] = "app.io-value" },
            },
        });
    }

    public async Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service) =>
        DubboGoAnnotation.Providers(await api.ListPodsAsync(ns, "app.io/label=app.io-value"), service, Key);
}
