using System.Buffers;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Spring;

/// <summary>Writes the answers of a Spring Cloud Kubernetes discovery server, with the members that its clients read.</summary>
internal static class SpringJson
{
    /// <summary>A JSON array of instances.</summary>
    public static byte[] List(IReadOnlyCollection<SpringInstance> instances) => Encode(instances.Count, writer =>
    {
        writer.WriteStartArray();
        foreach (var instance in instances)
            Write(writer, instance);
        writer.WriteEndArray();
    });

    public static byte[] One(SpringInstance instance) => Encode(1, writer => Write(writer, instance));

    /// <summary>What stands before the instances of one service in the list of all.</summary>
    public static byte[] Head(string service) => [.. "{\"name\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(service), .. ",\"serviceInstances\":"u8];

    /// <summary>What a catalog watch compares: name and namespace of each endpoint, in order.</summary>
    public static byte[] State(string ns, IReadOnlyCollection<string> endpoints) => Encode(endpoints.Count, writer =>
    {
        writer.WriteStartArray();
        foreach (var endpoint in endpoints)
        {
            writer.WriteStartObject();
            writer.WriteString("endpointName"u8, endpoint);
            writer.WriteString("namespace"u8, ns);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter writer, SpringInstance instance)
    {
        writer.WriteStartObject();
        writer.WriteString("instanceId"u8, instance.Id);
        writer.WriteString("serviceId"u8, instance.Service);
        writer.WriteString("host"u8, instance.Host);
        writer.WriteNumber("port"u8, instance.Port.Number);
        WriteMap(writer, "metadata"u8, instance.Metadata);
        writer.WriteBoolean("secure"u8, instance.IsSecure);
        writer.WriteString("namespace"u8, instance.Namespace);
        writer.WriteNull("cluster"u8);
        writer.WriteStartObject("podMetadata"u8);
        WriteMap(writer, "labels"u8, instance.PodLabels.OrderBy(static label => label.Key, StringComparer.Ordinal));
        writer.WriteStartObject("annotations"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("scheme"u8, instance.Scheme);
        writer.WriteString("uri"u8, instance.Uri);
        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, string>> entries)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in entries)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static byte[] Encode(int count, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(64 + (512 * count));
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
            write(writer);
        return body.WrittenSpan.ToArray();
    }
}
