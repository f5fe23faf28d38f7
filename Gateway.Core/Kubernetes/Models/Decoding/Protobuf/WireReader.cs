using System.Text;
using System.Text.Unicode;
using Gateway.Core.Kubernetes.Client.Framing;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>
/// Reads the fields of one protobuf message in order, without copying: unknown fields cost a look at their length. Throws
/// <see cref="MalformedMessageException"/> for bytes that are no message. Google.Protobuf reads nested messages only into objects of its own,
/// and texts only into new strings.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = message;
    private ReadOnlySpan<byte> _bytes;
    private ulong _value;
    private int _type;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = TakeVarint();
        if (tag > uint.MaxValue || tag >> 3 == 0)
            throw new MalformedMessageException("A field has no valid number.");
        (Field, _type) = ((int)(tag >> 3), (int)(tag & 7));
        switch (_type)
        {
            case ProtobufLayout.Varint:
                _value = TakeVarint();
                break;
            case ProtobufLayout.LengthDelimited:
                _bytes = Take(TakeVarint());
                break;
            case ProtobufLayout.Fixed64:
                Take(8);
                break;
            case ProtobufLayout.Fixed32:
                Take(4);
                break;
            default:
                throw new MalformedMessageException($"Field {Field} has the unknown wire type {_type}.");
        }

        return true;
    }

    /// <summary>The bytes of the current field: a text, or a message.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _type == ProtobufLayout.LengthDelimited ? _bytes : throw Unexpected("bytes");

    /// <summary>The current field as a message.</summary>
    public readonly WireReader Message => new(Bytes);

    public readonly bool Flag => _type == ProtobufLayout.Varint ? _value != 0 : throw Unexpected("a boolean");

    public readonly long Long => _type == ProtobufLayout.Varint ? (long)_value : throw Unexpected("an integer");

    public readonly int Number => Long is >= int.MinValue and <= int.MaxValue and var number
        ? (int)number
        : throw new MalformedMessageException($"Field {Field} does not fit into 32 bits.");

    /// <summary>The text of the current field, a new string each time.</summary>
    public readonly string Text() => TextOf(Bytes);

    /// <summary>The current field as a uid.</summary>
    public readonly ObjectUid Uid => ObjectUid.NumberOf(Bytes) is { } number ? ObjectUid.Of(number, null) : ObjectUid.Of(Text());

    /// <summary>The text of the current field, shared through the pool.</summary>
    public readonly string Text(DecodeContext context) => TextOf(Bytes, context);

    /// <summary>The same; null where it is empty: Go writes absent texts of plain fields so.</summary>
    public readonly string? TextOrNull(DecodeContext context) => Bytes.IsEmpty ? null : Text(context);

    /// <summary>These bytes as the name of a pod.</summary>
    public static NameParts NameOf(ReadOnlySpan<byte> bytes, DecodeContext context) => context.Split(bytes) ?? new(TextOf(bytes), 0);

    /// <summary>The text of these bytes, a new string each time.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new MalformedMessageException("A text is not valid UTF-8.", failure);
        }
    }

    /// <summary>The text of these bytes, shared through the pool.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes, DecodeContext context) =>
        Utf8.IsValid(bytes) ? context.Pool.Get(bytes) : throw new MalformedMessageException("A text is not valid UTF-8.");

    private ulong TakeVarint()
    {
        var length = ProtobufLayout.ReadVarint(_rest, out var value);
        if (length <= 0)
            throw new MalformedMessageException(length == 0 ? "The message ends inside a number." : "A number has more than 64 bits.");
        _rest = _rest[length..];
        return value;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
            throw new MalformedMessageException("The message ends inside a field.");
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private readonly MalformedMessageException Unexpected(string wanted) => new($"Field {Field} has wire type {_type} where {wanted} was expected.");
}

/// <summary>Bytes that are no protobuf message, or not one of the expected kind.</summary>
internal sealed class MalformedMessageException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>
/// Decodes one object from its message (without the envelope). Fields that are not used are skipped. Throws
/// <see cref="MalformedMessageException"/> when a field has an unexpected shape.
/// </summary>
internal delegate T MessageDecoder<out T>(ReadOnlySpan<byte> message, DecodeContext context);
