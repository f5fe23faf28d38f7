namespace Gateway.Emulator.Http.Protobuf;

/// <summary>Reads the fields of one protobuf message in order. Throws <see cref="BodyFailure"/> where the message is truncated.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>How many bytes follow the current field.</summary>
    public readonly int Rest => _rest.Length;

    /// <summary>The number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>The current field's value, if it is a number or a boolean.</summary>
    public long Value { get; private set; }

    /// <summary>The current field's bytes, if it is a string or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = ReadVarint();
        Number = (int)(tag >> 3);
        Bytes = default;
        switch ((int)(tag & 7))
        {
            case Varint:
                Value = ReadVarint();
                break;
            case LengthDelimited:
                Bytes = Take((int)ReadVarint());
                break;
            case Fixed64:
                Take(8);
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw new BodyFailure("proto: illegal wireType");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)_rest.Length)
            throw new BodyFailure("unexpected EOF");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private long ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)value;
        }
        throw new BodyFailure("proto: integer overflow");
    }
}
