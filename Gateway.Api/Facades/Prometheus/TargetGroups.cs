using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>
/// Writes target groups of Prometheus' HTTP service discovery, one for each instance, whatever its status: one that left the list would leave
/// <c>up == 0</c> as well, where an alert should fire.
/// </summary>
internal static class TargetGroups
{
    private const string Prefix = "__meta_registry_gateway_";

    /// <summary>The groups of one service, separated by commas, without the list's brackets.</summary>
    /// <param name="instances">Sorted by id.</param>
    /// <param name="port">The port to scrape, by name or number: instances without it are left out; null: the instance's own.</param>
    /// <param name="statuses">Which instances are listed.</param>
    public static byte[] Write(ImmutableArray<Instance> instances, string? port, InstanceStatuses statuses)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions);
        foreach (var instance in instances)
        {
            if (!statuses.Holds(instance.Status) || AddressOf(instance) is not { } address || PortOf(instance, port) is not { } number)
                continue;
            if (body.WrittenCount > 0)
                body.Write(","u8);
            writer.Reset(body);
            Write(writer, instance, Target(address, number), number);
            writer.Flush();
        }

        return body.WrittenSpan.ToArray();
    }

    public static string? AddressOf(Instance instance) => instance.Host ?? instance.Address;

    /// <summary>Null: it has none.</summary>
    public static int? PortOf(Instance instance, string? wanted)
    {
        if (wanted is null)
            return instance.Key.Port > 0 ? instance.Key.Port : instance.Ports.FirstOrDefault()?.Port;
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number > 0 && (instance.Key.Port == number || instance.Ports.Any(port => port.Port == number)) ? number : null;
        return instance.Ports.FirstOrDefault(port => port.Name == wanted)?.Port;
    }

    public static string Target(string address, int port) => string.Create(
        CultureInfo.InvariantCulture, $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}");

    private static void Write(Utf8JsonWriter writer, Instance instance, string target, int port)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("targets"u8);
        writer.WriteStringValue(target);
        writer.WriteEndArray();
        writer.WriteStartObject("labels"u8);
        Label(writer, "namespace", instance.Key.Namespace);
        Label(writer, "service", instance.Key.Service);
        Label(writer, "group", instance.Key.Group);
        Label(writer, "version", instance.Key.Version);
        Label(writer, "protocol", instance.Key.Protocol);
        Label(writer, "id", instance.Id);
        Label(writer, "status", InstanceStatusNames.Of(instance.Status));
        Label(writer, "reason", instance.Reason);
        Label(writer, "source", InstanceSourceNames.Of(instance.Source));
        Label(writer, "address", instance.Address);
        Label(writer, "port", port.ToString(CultureInfo.InvariantCulture));
        Label(writer, "port_name", instance.Ports.FirstOrDefault(one => one.Port == port)?.Name);
        Label(writer, "pod", instance.Pod?.Name);
        Label(writer, "pod_uid", instance.Pod?.Uid);
        Label(writer, "node", instance.Pod?.Node ?? instance.Node);
        Label(writer, "zone", instance.Pod?.Zone ?? instance.Zone);
        Label(writer, "weight", instance.Weight.ToString(CultureInfo.InvariantCulture));
        WriteMetadata(writer, instance.Metadata);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Of several keys that become the same name the first, by the key, is written.</summary>
    private static void WriteMetadata(Utf8JsonWriter writer, ImmutableSortedDictionary<string, string> metadata)
    {
        if (metadata.IsEmpty)
            return;
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata)
        {
            // A key of the caller's may begin with a digit: the prefix stands before it.
            var name = LabelName.Of("metadata_" + key);
            if (written.Add(name))
                Label(writer, name, value);
        }
    }

    // Prometheus drops empty labels.
    private static void Label(Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            writer.WriteString(Prefix + name, value);
    }
}
