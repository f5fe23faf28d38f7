using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Endpoints;

/// <summary>A page of services as JSON.</summary>
internal static class CatalogJson
{
    public static void Write(Utf8JsonWriter writer, CatalogPage page)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var service in page.Items)
            Write(writer, service);
        writer.WriteEndArray();
        writer.WriteString("continue"u8, page.Continue);
        writer.WriteString("revision"u8, page.Revision.ToString());
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ServiceSnapshot service)
    {
        var summary = service.Summary;
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, service.Key.Namespace);
        writer.WriteString("name"u8, service.Key.Name);
        writer.WriteStartObject("instances"u8);
        for (var status = 0; status < summary.Counts.Length; status++)
        {
            if (summary.Counts[status] > 0)
                writer.WriteNumber(InstanceStatusNames.All[status], summary.Counts[status]);
        }
        writer.WriteEndObject();
        Write(writer, "groups", summary.Groups);
        Write(writer, "versions", summary.Versions);
        Write(writer, "protocols", summary.Protocols);
        Write(writer, "sources", summary.Sources.Select(InstanceSourceNames.Of));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
