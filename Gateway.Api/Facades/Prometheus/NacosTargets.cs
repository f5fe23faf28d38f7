using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>
/// Writes target groups as Nacos' <c>/nacos/prometheus</c> does: all instances of a service with the label <c>__meta_clusterName</c>, and each entry of the
/// metadata as a label of its own name, in which dots and hyphens are underscores.
/// </summary>
internal static class NacosTargets
{
    private const string ClusterLabel = "__meta_clusterName";
    private const string DefaultCluster = "DEFAULT";
    private const string Nacos = "nacos";

    /// <summary>The groups of one service, separated by commas, without the list's brackets.</summary>
    public static byte[] Write(ImmutableArray<Instance> instances)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions);
        foreach (var instance in instances)
        {
            if (TargetGroups.AddressOf(instance) is not { } address || TargetGroups.PortOf(instance, null) is not { } port)
                continue;
            if (body.WrittenCount > 0)
                body.Write(","u8);
            writer.Reset(body);
            writer.WriteStartObject();
            writer.WriteStartArray("targets"u8);
            writer.WriteStringValue(TargetGroups.Target(address, port));
            writer.WriteEndArray();
            writer.WriteStartObject("labels"u8);
            writer.WriteString(ClusterLabel, ClusterOf(instance));
            WriteMetadata(writer, instance.Metadata);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.Flush();
        }

        return body.WrittenSpan.ToArray();
    }

    /// <summary>As registered by Nacos' protocol, whose ids are <c>ip#port#cluster#group@@service</c>; else DEFAULT.</summary>
    private static string ClusterOf(Instance instance) =>
        instance.ClientOf(Nacos)?.Id.Split('#') is [_, _, { Length: > 0 } cluster, ..] ? cluster : DefaultCluster;

    /// <summary>
    /// Characters that Nacos leaves as they are would make Prometheus refuse the whole list. An address of the metadata's would be another target than the
    /// instance's.
    /// </summary>
    private static void WriteMetadata(Utf8JsonWriter writer, ImmutableSortedDictionary<string, string> metadata)
    {
        if (metadata.IsEmpty)
            return;
        var written = new HashSet<string>(StringComparer.Ordinal) { ClusterLabel, "__address__" };
        foreach (var (key, value) in metadata)
        {
            var name = LabelName.Of(key);
            if (written.Add(name))
                writer.WriteString(name, value);
        }
    }
}
