using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;

namespace Gateway.Tests.Interop;

/// <summary>What both generations of dubbo-go do with <c>dubbo.io/annotation</c>.</summary>
internal static class DubboGoAnnotation
{
    public const string Key = "dubbo.io/annotation";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";

    /// <summary>Read, append, patch that one key; nobody checks what happened in between.</summary>
    public static async Task AppendAsync(SdkApi api, string ns, string pod, (string Key, string Value) record, Func<Task>? inBetween = null)
    {
        var read = (await api.GetAsync($"/api/v1/namespaces/{ns}/pods/{pod}"))!["metadata"]!["annotations"]?[Key];
        var records = read is null ? [] : SdkCodec.Decode((string)read!);
        if (inBetween is not null)
            await inBetween();
        var value = SdkCodec.Encode([.. records, record]);
        await api.PatchPodAsync(ns, pod, StrategicMergePatch, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Key] = value } } });
    }

    /// <summary>
    /// The providers that a reference to the service accepts. What an SDK cannot decode costs it the whole pod; a null in the list kills it.
    /// </summary>
    public static IReadOnlyList<SdkProvider> Providers(IEnumerable<JsonNode> pods, SdkService service, string annotation = Key)
    {
        var found = new List<SdkProvider>();
        foreach (var pod in pods)
        {
            if ((string?)pod["metadata"]!["annotations"]?[annotation] is not { Length: > 0 } value)
                continue;
            foreach (var (key, _) in SdkCodec.Decode(value))
            {
                if (key.Contains($"/dubbo/{service.Interface}/providers", StringComparison.Ordinal) && SdkCodec.Provider(key) is { } provider && Accepts(service, provider))
                    found.Add(new SdkProvider(provider.Scheme, provider.Host, provider.Port));
            }
        }

        // One invoker for each of these, whatever else differs.
        return [.. found.Distinct()];
    }

    private static bool Accepts(SdkService reference, SdkRecord provider) =>
        provider.Scheme == reference.Protocol
        && provider.Parameters.GetValueOrDefault("interface", provider.Path) == reference.Interface
        && (reference.Group == "*" || provider.Parameters.GetValueOrDefault("group", "") == reference.Group)
        && provider.Parameters.GetValueOrDefault("version", "") == reference.Version
        && provider.Parameters.GetValueOrDefault("category", "providers") == "providers";
}
