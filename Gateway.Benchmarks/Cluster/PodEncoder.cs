using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Benchmarks.Cluster;

/// <summary>What differs between two pods of the prepared cluster.</summary>
/// <param name="Annotations">Never changed: a PATCH makes another.</param>
internal readonly record struct PodState(int Number, int Service, long Version, bool IsReady, IReadOnlyDictionary<string, string>? Annotations);

/// <summary>Writes pods as items of a list and as frames of a watch, in one format.</summary>
internal sealed class PodEncoder(WireFormat format)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly (PodTemplate Metadata, PodTemplate Remainder) _ready = PodTemplate.Of(format, isReady: true);
    private readonly (PodTemplate Metadata, PodTemplate Remainder) _unready = PodTemplate.Of(format, isReady: false);

    public byte[] Frame(string type, in PodState pod)
    {
        if (format == WireFormat.Json)
            return Json([.. "{\"type\":\""u8, .. Encoding.ASCII.GetBytes(type), .. "\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","u8], pod, "}\n"u8);
        var message = Message(pod, out _);
        return [.. Protobuf.FrameHead(type, "v1", "Pod", (ulong)message.Length), .. message, .. Protobuf.EnvelopeEnd];
    }

    /// <summary>The pod alone, as a GET and a PATCH are answered.</summary>
    public byte[] Object(in PodState pod)
    {
        if (format == WireFormat.Json)
            return Json([.. "{\"kind\":\"Pod\",\"apiVersion\":\"v1\","u8], pod, default);
        var message = Message(pod, out _);
        return [.. Protobuf.EnvelopeHead("v1", "Pod", (ulong)message.Length), .. message, .. Protobuf.EnvelopeEnd];
    }

    /// <summary>The length of an item in a list, its head included.</summary>
    public int ItemLength(in PodState pod)
    {
        var (metadata, rest) = Template(pod);
        var annotations = AnnotationBytes(pod).Length;
        if (format == WireFormat.Json)
            return 1 + metadata.Length + annotations + rest.Length;
        var message = MessageLength(metadata, annotations, rest);
        return 1 + Protobuf.VarintLength((ulong)message) + message;
    }

    /// <param name="buffer">At least <see cref="ItemLength"/> long.</param>
    public void WriteItem(Span<byte> buffer, in PodState pod)
    {
        if (format == WireFormat.Json)
        {
            buffer[0] = (byte)'{';
            WriteParts(buffer[1..], pod, AnnotationBytes(pod));
            return;
        }

        var (metadata, rest) = Template(pod);
        var annotations = AnnotationBytes(pod);
        var at = WriteHead(buffer, 2, MessageLength(metadata, annotations.Length, rest));
        at += WriteHead(buffer[at..], 1, metadata.Length + annotations.Length);
        WriteParts(buffer[at..], pod, annotations);
    }

    private byte[] Json(ReadOnlySpan<byte> head, in PodState pod, ReadOnlySpan<byte> end)
    {
        var annotations = AnnotationBytes(pod);
        var (metadata, rest) = Template(pod);
        var bytes = new byte[head.Length + metadata.Length + annotations.Length + rest.Length + end.Length];
        head.CopyTo(bytes);
        WriteParts(bytes.AsSpan(head.Length), pod, annotations);
        end.CopyTo(bytes.AsSpan(bytes.Length - end.Length));
        return bytes;
    }

    private byte[] Message(in PodState pod, out int length)
    {
        var annotations = AnnotationBytes(pod);
        var (metadata, rest) = Template(pod);
        length = MessageLength(metadata, annotations.Length, rest);
        var bytes = new byte[length];
        var at = WriteHead(bytes, 1, metadata.Length + annotations.Length);
        WriteParts(bytes.AsSpan(at), pod, annotations);
        return bytes;
    }

    private void WriteParts(Span<byte> buffer, in PodState pod, ReadOnlySpan<byte> annotations)
    {
        var (metadata, rest) = Template(pod);
        metadata.Write(buffer, pod.Number, pod.Service, pod.Version);
        annotations.CopyTo(buffer[metadata.Length..]);
        rest.Write(buffer[(metadata.Length + annotations.Length)..], pod.Number, pod.Service, pod.Version);
    }

    private (PodTemplate Metadata, PodTemplate Remainder) Template(in PodState pod) => pod.IsReady ? _ready : _unready;

    private byte[] AnnotationBytes(in PodState pod)
    {
        if (pod.Annotations is not { Count: > 0 } annotations)
            return [];
        using var bytes = new MemoryStream();
        if (format == WireFormat.Protobuf)
        {
            foreach (var (key, value) in annotations)
                Protobuf.WriteBytes(bytes, 12, new Message().Add(1, "key", key).Add(2, "value", value).ToProtobuf());
            return bytes.ToArray();
        }

        bytes.Write(",\"annotations\":"u8);
        using var json = new Utf8JsonWriter(bytes, Relaxed);
        json.WriteStartObject();
        foreach (var (key, value) in annotations)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.Flush();
        return bytes.ToArray();
    }

    private static int MessageLength(PodTemplate metadata, int annotations, PodTemplate rest) =>
        1 + Protobuf.VarintLength((ulong)(metadata.Length + annotations)) + metadata.Length + annotations + rest.Length;

    private static int WriteHead(Span<byte> buffer, int field, int length)
    {
        buffer[0] = (byte)((field << 3) | 2);
        var at = 1;
        for (; length > 0x7F; length >>= 7)
            buffer[at++] = (byte)(length | 0x80);
        buffer[at++] = (byte)length;
        return at;
    }
}
