using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Writes request bodies.</summary>
internal static class JsonBody
{
    /// <summary>One object with the members that <paramref name="members"/> writes.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A MicroTime (meta/v1): six decimals, UTC.</summary>
    public static void WriteMicroTime(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } value)
            json.WriteString(name, value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }
}
