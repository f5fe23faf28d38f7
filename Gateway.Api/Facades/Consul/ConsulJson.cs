using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Api.Facades.Consul;

/// <summary>Writes Consul's objects. Lists are never null: clients in Go and C# distinguish them. Stateless.</summary>
internal static class ConsulJson
{
    /// <summary>An entry of <c>health/service</c>.</summary>
    public static void WriteHealth(Utf8JsonWriter writer, ConsulEntry entry, ulong index)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("Node"u8);
        WriteNode(writer, entry.Node, "Meta", index);
        writer.WriteEndObject();
        writer.WriteStartObject("Service"u8);
        WriteService(writer, entry);
        writer.WriteStartObject("Proxy"u8);
        writer.WriteString("Mode"u8, ""u8);
        WriteEmpty(writer, "MeshGateway");
        WriteEmpty(writer, "Expose");
        writer.WriteEndObject();
        WriteEmpty(writer, "Connect");
        writer.WriteString("PeerName"u8, ""u8);
        WriteIndexes(writer, index);
        writer.WriteEndObject();
        writer.WriteStartArray("Checks"u8);
        foreach (var check in entry.Checks)
            WriteCheck(writer, entry, check, index);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>An entry of <c>catalog/service</c>.</summary>
    public static void WriteCatalog(Utf8JsonWriter writer, ConsulEntry entry, ulong index)
    {
        writer.WriteStartObject();
        WriteNode(writer, entry.Node, "NodeMeta", null);
        writer.WriteString("ServiceKind"u8, ""u8);
        writer.WriteString("ServiceID"u8, entry.Id);
        writer.WriteString("ServiceName"u8, entry.Service);
        WriteTexts(writer, "ServiceTags", entry.Tags);
        writer.WriteString("ServiceAddress"u8, entry.Address);
        WriteEmpty(writer, "ServiceTaggedAddresses");
        WriteMap(writer, "ServiceMeta", entry.Meta);
        writer.WriteNumber("ServicePort"u8, entry.Port);
        WriteWeights(writer, "ServiceWeights", entry);
        writer.WriteBoolean("ServiceEnableTagOverride"u8, entry.EnableTagOverride);
        WriteEmpty(writer, "ServiceProxy");
        WriteEmpty(writer, "ServiceConnect");
        WriteIndexes(writer, index);
        writer.WriteEndObject();
    }

    /// <summary>A value of <c>agent/services</c>.</summary>
    public static void WriteAgentService(Utf8JsonWriter writer, ConsulEntry entry, string? contentHash = null)
    {
        writer.WriteStartObject();
        WriteService(writer, entry);
        if (contentHash is not null)
            writer.WriteString("ContentHash"u8, contentHash);
        writer.WriteString("Datacenter"u8, ConsulNode.Datacenter);
        writer.WriteEndObject();
    }

    public static void WriteCheck(Utf8JsonWriter writer, ConsulEntry entry, ShownCheck check, ulong index)
    {
        writer.WriteStartObject();
        writer.WriteString("Node"u8, entry.Node.Name);
        writer.WriteString("CheckID"u8, check.Id);
        writer.WriteString("Name"u8, check.Name);
        writer.WriteString("Status"u8, check.Status);
        writer.WriteString("Notes"u8, check.Notes);
        writer.WriteString("Output"u8, check.Output);
        writer.WriteString("ServiceID"u8, entry.Id);
        writer.WriteString("ServiceName"u8, entry.Service);
        WriteTexts(writer, "ServiceTags", entry.Tags);
        writer.WriteString("Type"u8, check.Type);
        writer.WriteString("Interval"u8, check.Interval);
        writer.WriteString("Timeout"u8, check.Timeout);
        writer.WriteNumber("ExposedPort"u8, 0);
        WriteEmpty(writer, "Definition");
        WriteIndexes(writer, index);
        writer.WriteEndObject();
    }

    public static void WriteNode(Utf8JsonWriter writer, ConsulNode node, string meta, ulong? index)
    {
        writer.WriteString("ID"u8, node.Id);
        writer.WriteString("Node"u8, node.Name);
        writer.WriteString("Address"u8, node.Address);
        writer.WriteString("Datacenter"u8, ConsulNode.Datacenter);
        writer.WriteStartObject("TaggedAddresses"u8);
        writer.WriteString("lan"u8, node.Address);
        writer.WriteEndObject();
        WriteMap(writer, meta, node.Meta);
        if (index is { } said)
            WriteIndexes(writer, said);
    }

    public static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteService(Utf8JsonWriter writer, ConsulEntry entry)
    {
        writer.WriteString("ID"u8, entry.Id);
        writer.WriteString("Service"u8, entry.Service);
        WriteTexts(writer, "Tags", entry.Tags);
        writer.WriteString("Address"u8, entry.Address);
        WriteEmpty(writer, "TaggedAddresses");
        WriteMap(writer, "Meta", entry.Meta);
        writer.WriteNumber("Port"u8, entry.Port);
        WriteWeights(writer, "Weights", entry);
        writer.WriteBoolean("EnableTagOverride"u8, entry.EnableTagOverride);
    }

    private static void WriteWeights(Utf8JsonWriter writer, string name, ConsulEntry entry)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("Passing"u8, entry.Passing);
        writer.WriteNumber("Warning"u8, entry.Warning);
        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, string name, ImmutableSortedDictionary<string, string> map)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteEmpty(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject(name);
        writer.WriteEndObject();
    }

    private static void WriteIndexes(Utf8JsonWriter writer, ulong index)
    {
        writer.WriteNumber("CreateIndex"u8, index);
        writer.WriteNumber("ModifyIndex"u8, index);
    }
}
