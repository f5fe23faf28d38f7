using System.Text.Json;

namespace Gateway.Api.Facades.Nacos;

/// <summary>What the facade keeps beside an alias: the cluster, and that the client called the instance persistent.</summary>
internal sealed record NacosDetail(string Cluster, bool IsEphemeral)
{
    public static readonly NacosDetail Default = new(NacosName.DefaultCluster, true);

    /// <summary>Null: nothing but the defaults.</summary>
    public string? Write() => this == Default
        ? null
        : IsEphemeral
            ? $$"""{"cluster":{{JsonSerializer.Serialize(Cluster)}}}"""
            : $$"""{"cluster":{{JsonSerializer.Serialize(Cluster)}},"ephemeral":false}""";

    /// <summary>What was stored may have been changed by hand: anything else is the default.</summary>
    public static NacosDetail Read(string? detail)
    {
        if (detail is null)
            return Default;
        try
        {
            using var document = JsonDocument.Parse(detail);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return Default;
            var cluster = root.TryGetProperty("cluster"u8, out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : NacosName.DefaultCluster;
            return new(cluster, !(root.TryGetProperty("ephemeral"u8, out var ephemeral) && ephemeral.ValueKind == JsonValueKind.False));
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            return Default;
        }
    }
}
