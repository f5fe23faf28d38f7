using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// The instances of an application in the form of Dubbo 3's service instances: <c>{namespace, application, revision, stale, instances}</c>,
/// each <c>{id, serviceName, host, port, protocol, enabled, healthy, status, metadata, revision}</c> with metadata as the flat map of
/// <c>io.dubbo/metadata</c>.
/// </summary>
public sealed class ApplicationFormat : InstanceFormat
{
    public static readonly ApplicationFormat Shared = new();

    public override string Key => "dubbo-application";

    public override string? Facade => "dubbo";

    public override bool Fits(LookupFilter filter, Instance instance) =>
        (filter.Group is null || filter.Group == instance.Key.Group) && (filter.Version is null || filter.Version == instance.Key.Version);

    public override void WriteInstance(Utf8JsonWriter writer, Instance instance)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, instance.Id);
        writer.WriteString("serviceName"u8, instance.Key.Service);
        writer.WriteString("host"u8, instance.Host ?? instance.Address);
        if (instance.Key.Port == 0)
            writer.WriteNull("port"u8);
        else
            writer.WriteNumber("port"u8, instance.Key.Port);
        writer.WriteString("protocol"u8, ProviderUrl.ProtocolOf(instance));
        writer.WriteBoolean("enabled"u8, instance.Status != InstanceStatus.OutOfService);
        writer.WriteBoolean("healthy"u8, instance.Status == InstanceStatus.Up);
        writer.WriteString("status"u8, InstanceStatusNames.Of(instance.Status));
        writer.WriteStartObject("metadata"u8);
        foreach (var (name, value) in MetadataOf(instance))
            writer.WriteString(name, value);
        writer.WriteEndObject();
        writer.WriteString("revision"u8, instance.Revision);
        writer.WriteEndObject();
    }

    internal override void WriteName(Utf8JsonWriter writer, ServiceSnapshot service)
    {
        writer.WriteString("namespace"u8, service.Key.Namespace);
        writer.WriteString("application"u8, service.Key.Name);
    }

    internal override void WriteTail(ArrayBufferWriter<byte> buffer, ServiceSnapshot service, LookupView view) =>
        WriteArray(buffer, "instances", view, WriteInstance);

    /// <summary>
    /// The SDK's own map unchanged; for other instances the map that the SDK would write for MetadataInfo stored at the gateway.
    /// </summary>
    private static ImmutableSortedDictionary<string, string> MetadataOf(Instance instance)
    {
        if (instance.Source == InstanceSource.DubboJava)
            return instance.Metadata;
        var metadata = instance.Metadata.ToBuilder();
        metadata.TryAdd(DubboKeys.JavaStorageType, "remote");
        if (instance.Key.Port > 0)
        {
            metadata.TryAdd(
                DubboKeys.JavaEndpoints,
                string.Create(CultureInfo.InvariantCulture, $$"""[{"port":{{instance.Key.Port}},"protocol":"{{JsonEncodedText.Encode(ProviderUrl.ProtocolOf(instance))}}"}]"""));
        }

        if (instance.RegisteredAt is { } at)
            metadata.TryAdd("timestamp", at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        return metadata.ToImmutable();
    }
}
