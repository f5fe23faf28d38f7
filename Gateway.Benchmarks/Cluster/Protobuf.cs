using System.Text;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Tags and lengths of protobuf, and the envelopes of the Kubernetes API around it.</summary>
internal static class Protobuf
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static void WriteNumber(Stream bytes, int field, ulong value)
    {
        WriteVarint(bytes, (ulong)field << 3);
        WriteVarint(bytes, value);
    }

    public static void WriteBytes(Stream bytes, int field, ReadOnlySpan<byte> value)
    {
        WriteHead(bytes, field, (ulong)value.Length);
        bytes.Write(value);
    }

    /// <summary>The tag and length of a message that follows.</summary>
    public static void WriteHead(Stream bytes, int field, ulong length)
    {
        WriteVarint(bytes, ((ulong)field << 3) | 2);
        WriteVarint(bytes, length);
    }

    public static void WriteVarint(Stream bytes, ulong value)
    {
        while (value > 0x7F)
        {
            bytes.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.WriteByte((byte)value);
    }

    public static int VarintLength(ulong value)
    {
        var length = 1;
        for (; value > 0x7F; value >>= 7)
            length++;
        return length;
    }

    /// <summary>Magic bytes, type and the head of the object that follows (runtime.Unknown).</summary>
    public static byte[] EnvelopeHead(string apiVersion, string kind, ulong length)
    {
        var bytes = new MemoryStream();
        bytes.Write(Magic);
        WriteBytes(bytes, 1, new Message().Add(1, "apiVersion", apiVersion).Add(2, "kind", kind).ToProtobuf());
        WriteHead(bytes, 2, length);
        return bytes.ToArray();
    }

    /// <summary>The envelope's last fields, which the API server leaves empty.</summary>
    public static ReadOnlySpan<byte> EnvelopeEnd => [0x1A, 0, 0x22, 0];

    /// <summary>A frame of a watch up to the object: length, type of the event, envelope.</summary>
    public static byte[] FrameHead(string type, string apiVersion, string kind, ulong length)
    {
        var envelope = EnvelopeHead(apiVersion, kind, length);
        var enveloped = (ulong)envelope.Length + length + (ulong)EnvelopeEnd.Length;
        var raw = 1 + (ulong)VarintLength(enveloped) + enveloped;
        var bytes = new MemoryStream();
        bytes.Write([0, 0, 0, 0]);
        WriteBytes(bytes, 1, Encoding.UTF8.GetBytes(type));
        WriteHead(bytes, 2, raw);
        WriteHead(bytes, 1, enveloped);
        bytes.Write(envelope);
        var frame = bytes.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)((ulong)frame.Length - 4 + enveloped - (ulong)envelope.Length));
        return frame;
    }
}
