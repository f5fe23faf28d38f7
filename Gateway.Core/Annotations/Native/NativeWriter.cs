using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Native;

/// <summary>Writes the value of an own annotation. Every status change of a pod rewrites it in etcd, so it is kept short.</summary>
internal static class NativeWriter
{
    private static readonly HashSet<string> _known = new(StringComparer.Ordinal)
    {
        "v", "service", "port", "group", "version", "protocol", "ports", "metadata", "weight", "ttl", "container", "restarts", "run", "host",
        "registeredAt", "postedAt", "outOfService", "outOfServiceReason", "mirrors", "overlay", "client",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _knownSpans = _known.GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Write(RegistrationRecord record, JsonObject? existing)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, AnnotationJson.Compact))
        {
            json.WriteStartObject();
            json.WriteNumber("v"u8, NativeFormat.Version);
            WriteKey(json, record.Key);
            if (record.IsOverlay)
                WriteOverlay(json, record);
            else
                WriteRegistration(json, record);
            WriteUnknown(json, existing);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The annotation's JSON object, if it has members to keep; null: it has none, or is not such JSON.</summary>
    public static JsonObject? ParseExisting(string? value)
    {
        if (value is null || !MayHoldUnknown(value))
            return null;
        try
        {
            var existing = JsonNode.Parse(value, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;

            // Invalid Unicode is found only when the text is read.
            _ = existing?.ToJsonString();
            return existing;
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    // Nearly no value holds a member of another version, and finding that out makes no objects.
    private static bool MayHoldUnknown(string value)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(0, Encoding.UTF8.GetBytes(value, bytes)));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!IsKnown(ref reader))
                    return true;
                reader.Skip();
            }

            return false;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // An escaped name counts as unknown here: it is read by what parses the whole value.
    private static bool IsKnown(ref Utf8JsonReader name)
    {
        Span<char> text = stackalloc char[32];
        return !name.ValueIsEscaped && name.ValueSpan.Length <= text.Length
            && _knownSpans.Contains(text[..Encoding.UTF8.GetChars(name.ValueSpan, text)]);
    }

    private static void WriteKey(Utf8JsonWriter json, RegistrationKey key)
    {
        json.WriteString("service"u8, key.Service);
        json.WriteNumber("port"u8, key.Port);
        if (key.Group.Length > 0)
            json.WriteString("group"u8, key.Group);
        if (key.Version.Length > 0)
            json.WriteString("version"u8, key.Version);
        if (key.Protocol != RegistrationRules.DefaultProtocol)
            json.WriteString("protocol"u8, key.Protocol);
    }

    private static void WriteRegistration(Utf8JsonWriter json, RegistrationRecord record)
    {
        WritePorts(json, record);
        if (record.Metadata.Count > 0)
        {
            json.WriteStartObject("metadata"u8);
            foreach (var (name, value) in record.Metadata)
                json.WriteString(name, value);
            json.WriteEndObject();
        }

        if (record.Weight != RegistrationRules.DefaultWeight)
            json.WriteNumber("weight"u8, record.Weight);
        if (record.Ttl is { } ttl)
            json.WriteNumber("ttl"u8, ttl);
        if (record.Container is { } container)
            json.WriteString("container"u8, container);
        if (record.RestartCount > 0)
            json.WriteNumber("restarts"u8, record.RestartCount);
        if (record.Run is { } run)
            json.WriteString("run"u8, run);
        if (record.Host is { } host)
            json.WriteString("host"u8, host);
        if (record.RegisteredAt is { } registeredAt)
            json.WriteString("registeredAt"u8, Time(registeredAt));
        if (record.PostedAt is { } postedAt && postedAt != record.RegisteredAt)
            json.WriteString("postedAt"u8, Time(postedAt));
        WriteOutOfService(json, record.OutOfService);
        if (record is { OutOfService: OutOfService.ByPod, OutOfServiceReason: { } reason })
            json.WriteString("outOfServiceReason"u8, reason);
        if (!record.Mirrors.IsDefaultOrEmpty)
        {
            json.WriteStartArray("mirrors"u8);
            foreach (var mirror in record.Mirrors)
                json.WriteStringValue(mirror);
            json.WriteEndArray();
        }

        WriteClients(json, record.Clients);
    }

    // By protocol: {"eureka":{"id":"orders-8080","detail":{...}}}. The detail is the facade's own JSON, byte for byte.
    private static void WriteClients(Utf8JsonWriter json, ImmutableArray<ClientAlias> clients)
    {
        if (clients.IsDefaultOrEmpty)
            return;
        json.WriteStartObject("client"u8);
        foreach (var client in clients)
        {
            json.WriteStartObject(client.Protocol);
            json.WriteString("id"u8, client.Id);
            if (client.Detail is { } detail)
            {
                json.WritePropertyName("detail"u8);
                json.WriteRawValue(detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteOverlay(Utf8JsonWriter json, RegistrationRecord record)
    {
        var weight = record.WeightOverride ?? (record.Weight == RegistrationRules.DefaultWeight ? null : record.Weight);
        if (weight is { } overriding)
            json.WriteNumber("weight"u8, overriding);
        WriteOutOfService(json, record.OutOfService);
        json.WriteBoolean("overlay"u8, true);
    }

    private static void WritePorts(Utf8JsonWriter json, RegistrationRecord record)
    {
        if (record.Ports.IsDefaultOrEmpty)
            return;
        json.WriteStartArray("ports"u8);
        foreach (var port in record.Ports)
        {
            json.WriteStartObject();
            if (port.Name.Length > 0)
                json.WriteString("name"u8, port.Name);
            json.WriteNumber("port"u8, port.Port);
            if (port.Protocol != record.Key.Protocol)
                json.WriteString("protocol"u8, port.Protocol);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOutOfService(Utf8JsonWriter json, OutOfService state)
    {
        if (state != OutOfService.No)
            json.WriteString("outOfService"u8, state == OutOfService.ByPod ? "pod"u8 : "other"u8);
    }

    private static void WriteUnknown(Utf8JsonWriter json, JsonObject? existing)
    {
        if (existing is null)
            return;
        foreach (var (name, value) in existing)
        {
            if (_known.Contains(name))
                continue;
            json.WritePropertyName(name);
            if (value is null)
                json.WriteNullValue();
            else
                value.WriteTo(json);
        }
    }

    // RFC 3339, UTC; a fraction only where there is one.
    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
