using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Instances;

/// <summary>
/// The only encoder of instances: lookups, streams, ETags and instance revisions all use it, so they cannot disagree. Members are in the
/// contract's order; an unset member is null, never absent.
/// </summary>
public static class InstanceJson
{
    // Relaxed: the answer has a JSON media type and is never embedded in HTML.
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int RevisionBytes = 8;

    public static void Write(Utf8JsonWriter writer, Instance instance)
    {
        writer.WriteStartObject();
        WriteMembers(writer, instance);
        writer.WriteString("revision"u8, instance.Revision);
        WriteHostname(writer, instance);
        writer.WriteEndObject();
    }

    /// <summary>RFC 3339 in UTC; with a fraction only where there is one.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The hash of all members that are shown in any form, except the revision itself. Used by the projection alone.</summary>
    internal static string RevisionOf(Instance instance)
    {
        var (buffer, writer) = (t_buffer ??= new ArrayBufferWriter<byte>(1024), t_writer ??= new Utf8JsonWriter(Stream.Null, WriterOptions));
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        writer.WriteStartObject();
        WriteMembers(writer, instance);
        if (instance.Host is { } host)
            writer.WriteString("host"u8, host);
        WriteHostname(writer, instance);
        writer.WriteEndObject();
        writer.Flush();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.WrittenSpan, hash);
        return Convert.ToHexStringLower(hash[..RevisionBytes]);
    }

    // One of each per projecting thread, reused: a hundred thousand instances are hashed at start.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>All members before the revision, for answers that write another revision.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, Instance instance)
    {
        writer.WriteString("id"u8, instance.Id);
        writer.WriteString("namespace"u8, instance.Key.Namespace);
        writer.WriteString("service"u8, instance.Key.Service);
        writer.WriteString("group"u8, instance.Key.Group);
        writer.WriteString("version"u8, instance.Key.Version);
        WriteText(writer, "address"u8, instance.Address);
        writer.WriteStartArray("addresses"u8);
        foreach (var address in instance.Addresses)
            writer.WriteStringValue(address);
        writer.WriteEndArray();
        WriteNumber(writer, "port"u8, instance.Key.Port == 0 ? null : instance.Key.Port);
        WritePorts(writer, instance.Ports);
        writer.WriteString("protocol"u8, instance.Key.Protocol);
        writer.WriteString("status"u8, InstanceStatusNames.Of(instance.Status));
        WriteText(writer, "reason"u8, instance.Reason);
        writer.WriteNumber("weight"u8, instance.Weight);
        WritePod(writer, instance.Pod);
        WriteMetadata(writer, instance.Metadata);
        writer.WriteString("source"u8, InstanceSourceNames.Of(instance.Source));
        WriteText(writer, "registeredAt"u8, instance.RegisteredAt is { } at ? Time(at) : null);
    }

    /// <summary>The member after the revision.</summary>
    public static void WriteHostname(Utf8JsonWriter writer, Instance instance)
    {
        if (instance.Hostname is not { } hostname)
        {
            writer.WriteNull("hostname"u8);
            return;
        }

        writer.WriteStartObject("hostname"u8);
        writer.WriteString("short"u8, hostname.Short);
        writer.WriteString("full"u8, hostname.Full);
        writer.WriteEndObject();
    }

    private static void WritePorts(Utf8JsonWriter writer, ImmutableArray<NamedPort> ports)
    {
        writer.WriteStartArray("ports"u8);
        foreach (var port in ports)
        {
            writer.WriteStartObject();
            WriteText(writer, "name"u8, port.Name.Length == 0 ? null : port.Name);
            writer.WriteNumber("port"u8, port.Port);
            writer.WriteString("protocol"u8, port.Protocol);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePod(Utf8JsonWriter writer, PodReference? pod)
    {
        if (pod is null)
        {
            writer.WriteNull("pod"u8);
            return;
        }

        writer.WriteStartObject("pod"u8);
        writer.WriteString("name"u8, pod.Name);
        writer.WriteString("uid"u8, pod.Uid);
        WriteText(writer, "node"u8, pod.Node);
        WriteText(writer, "zone"u8, pod.Zone);
        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, ImmutableSortedDictionary<string, string> metadata)
    {
        writer.WriteStartObject("metadata"u8);
        if (!metadata.IsEmpty)
        {
            foreach (var (key, value) in metadata)
                writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
            writer.WriteNull(name);
        else
            writer.WriteString(name, value);
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int? value)
    {
        if (value is null)
            writer.WriteNull(name);
        else
            writer.WriteNumber(name, value.Value);
    }
}
