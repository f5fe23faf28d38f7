using System.Text;

namespace Gateway.Emulator.Http.Protobuf;

/// <summary>
/// Writes a message from its last byte to its first, as Go's generated code does: a length is known when its turn comes. Fields are
/// therefore written in falling order.
/// </summary>
internal sealed class WireWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private byte[] _buffer = new byte[1024];
    private int _start = 1024;

    /// <summary>How many bytes are written.</summary>
    public int Length => _buffer.Length - _start;

    public byte[] ToArray() => _buffer.AsSpan(_start).ToArray();

    public void WriteNumber(int field, long value)
    {
        WriteVarint((ulong)value);
        WriteVarint((ulong)(field << 3 | Varint));
    }

    public void WriteText(int field, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Reserve(length));
        CloseMessage(field, Length - length);
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        CloseMessage(field, Length - bytes.Length);
    }

    /// <summary>Turns what was written since <see cref="Length"/> was <paramref name="end"/> into a field.</summary>
    public void CloseMessage(int field, int end)
    {
        WriteVarint((ulong)(Length - end));
        WriteVarint((ulong)(field << 3 | LengthDelimited));
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void WriteVarint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        bytes[..length].CopyTo(Reserve(length));
    }

    private Span<byte> Reserve(int length)
    {
        if (length > _start)
        {
            var larger = new byte[Math.Max(_buffer.Length * 2, Length + length)];
            var written = _buffer.AsSpan(_start);
            written.CopyTo(larger.AsSpan(larger.Length - written.Length));
            _start = larger.Length - written.Length;
            _buffer = larger;
        }
        _start -= length;
        return _buffer.AsSpan(_start, length);
    }
}
