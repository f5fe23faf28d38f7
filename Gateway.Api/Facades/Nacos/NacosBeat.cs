using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// What a beat says of its instance (com.alibaba.nacos.naming RsInfo); absent in a light beat. An instance that is not known is registered from it: the
/// Node.js client sends it always and never looks at the answer's code.
/// </summary>
internal sealed record NacosBeat(string Ip, int Port, string? Cluster, int Weight, ImmutableSortedDictionary<string, string> Metadata)
{
    public static NacosBeat? Read(string text, out NacosFault? fault)
    {
        fault = null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return Read(document.RootElement, out fault);
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            // Answered below.
        }

        fault = NacosFault.Invalid("Param 'beat' must be a JSON object.");
        return null;
    }

    private static NacosBeat? Read(JsonElement root, out NacosFault? fault)
    {
        fault = null;
        var metadata = NacosMetadata.None;
        var (ip, cluster, port, weight) = ("", "", 0, 100);
        foreach (var member in root.EnumerateObject())
        {
            var isRight = member.Name switch
            {
                "ip" => TryText(member.Value, out ip),
                "cluster" => TryText(member.Value, out cluster),
                "port" => member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out port) && port is >= 0 and <= 65_535,
                "weight" => member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetDouble(out var number) && NacosWeight.TryConvert(number, out weight),
                "metadata" => TryMetadata(member.Value, out metadata),
                _ => true,
            };
            if (isRight)
                continue;
            fault = NacosFault.Invalid($"Member '{member.Name}' of param 'beat' is wrong.");
            return null;
        }

        if (ip.Length > 0)
            return new(ip, port, cluster.Length == 0 ? null : cluster, weight, metadata);
        fault = NacosFault.Missing("ip");
        return null;
    }

    private static bool TryText(JsonElement value, out string text)
    {
        text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return value.ValueKind is JsonValueKind.String or JsonValueKind.Null;
    }

    private static bool TryMetadata(JsonElement value, out ImmutableSortedDictionary<string, string> metadata)
    {
        metadata = NacosMetadata.None;
        if (value.ValueKind == JsonValueKind.Null)
            return true;
        if (value.ValueKind != JsonValueKind.Object || NacosMetadata.ReadObject(value) is not { } read)
            return false;
        metadata = read;
        return true;
    }
}
