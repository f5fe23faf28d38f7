namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// How protobuf is laid out in bytes, and the envelope that Kubernetes puts around every object and list: four magic bytes, then
/// runtime.Unknown (k8s.io/apimachinery, runtime/generated.proto).
/// </summary>
internal static class ProtobufLayout
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;

    /// <summary>The envelope's field with the apiVersion and kind of what is in it.</summary>
    public const int TypeMetaField = 1;

    /// <summary>The envelope's field with the message.</summary>
    public const int RawField = 2;

    public const int ContentEncodingField = 3;

    public static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Reads a number of variable length; returns how many bytes it has. 0: the bytes end before it does; -1: it has more than 64 bits.</summary>
    public static int ReadVarint(ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i == 9 && bytes[i] > 1)
                return -1;
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
                return i + 1;
        }

        return 0;
    }
}
