namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Reads the protobuf body of a list: the envelope, and of the list inside it each item and the metadata, one at a time. No more than one item is
/// held.
/// </summary>
/// <param name="stream">The body.</param>
/// <param name="maxItemBytes">The most that one item may have.</param>
/// <param name="isExpected">Whether a TypeMeta is that of the expected list: a message does not say itself what it is.</param>
internal sealed class ProtobufListReader(Stream stream, int maxItemBytes, Predicate<ReadOnlyMemory<byte>> isExpected) : IListReader
{
    private const int MetadataField = 1;
    private const int ItemsField = 2;

    private readonly GrowingBuffer _buffer = new(stream);
    private bool _isOpen;
    private bool _isExpected;

    // Bytes of the list that are not consumed yet; only what is inside it counts.
    private ulong _left;

    public bool IsItem { get; private set; }
    public bool IsMetadata { get; private set; }
    public ReadOnlyMemory<byte> Value { get; private set; }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_isOpen)
        {
            await OpenAsync(cancellationToken);
            _isOpen = true;
        }

        while (_left > 0)
        {
            var (field, type) = await ReadTagAsync(inside: true, cancellationToken);
            if (field is not (MetadataField or ItemsField))
            {
                await SkipAsync(type, inside: true, cancellationToken);
                continue;
            }

            if (type != ProtobufLayout.LengthDelimited)
                throw new UnreadableFrameException("The list has a part that is no object.");
            Value = await ReadBytesAsync(inside: true, cancellationToken);
            (IsItem, IsMetadata) = (field == ItemsField, field == MetadataField);
            return true;
        }

        await CloseAsync(cancellationToken);
        return false;
    }

    public void Dispose() => _buffer.Dispose();

    // The envelope up to the first byte of the list.
    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await NeedAsync(ProtobufLayout.Magic.Length, cancellationToken);
        if (!_buffer.UnreadSpan.StartsWith(ProtobufLayout.Magic))
            throw new UnreadableFrameException("The list has no envelope.");
        _buffer.Consume(ProtobufLayout.Magic.Length);
        while (true)
        {
            var (field, type) = await ReadTagAsync(inside: false, cancellationToken);
            if (field == ProtobufLayout.RawField && type == ProtobufLayout.LengthDelimited)
            {
                // Fields are written in the order of their numbers.
                if (!_isExpected)
                    throw new UnreadableFrameException("The list is of another kind.");
                _left = await ReadVarintAsync(inside: false, cancellationToken);
                return;
            }

            await ReadEnvelopeFieldAsync(field, type, cancellationToken);
        }
    }

    // What follows the list, to the end of the answer.
    private async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        while (!_buffer.Unread.IsEmpty || await _buffer.FillAsync(cancellationToken))
        {
            var (field, type) = await ReadTagAsync(inside: false, cancellationToken);
            if (field == ProtobufLayout.RawField)
                throw new UnreadableFrameException("The envelope has two lists.");
            await ReadEnvelopeFieldAsync(field, type, cancellationToken);
        }
    }

    private async ValueTask ReadEnvelopeFieldAsync(int field, int type, CancellationToken cancellationToken)
    {
        if (field is not (ProtobufLayout.TypeMetaField or ProtobufLayout.ContentEncodingField))
        {
            await SkipAsync(type, inside: false, cancellationToken);
            return;
        }

        if (type != ProtobufLayout.LengthDelimited)
            throw new UnreadableFrameException("The envelope cannot be read.");
        var value = await ReadBytesAsync(inside: false, cancellationToken);
        if (field == ProtobufLayout.TypeMetaField)
            _isExpected = isExpected(value);
        else if (!value.IsEmpty)
            throw new UnreadableFrameException("The list is compressed.");
    }

    private async ValueTask<(int Field, int Type)> ReadTagAsync(bool inside, CancellationToken cancellationToken)
    {
        var tag = await ReadVarintAsync(inside, cancellationToken);
        return tag is >= 8 and <= uint.MaxValue ? ((int)(tag >> 3), (int)(tag & 7)) : throw new UnreadableFrameException("The list has a field without a valid number.");
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(bool inside, CancellationToken cancellationToken)
    {
        var length = await ReadVarintAsync(inside, cancellationToken);
        if (length > (ulong)maxItemBytes)
            throw new UnreadableFrameException($"A part of the list is {length} bytes long; the most is {maxItemBytes}.");
        Count(length, inside);
        await NeedAsync((int)length, cancellationToken);
        var value = _buffer.Unread[..(int)length];
        _buffer.Consume(value.Length);
        return value;
    }

    private async ValueTask SkipAsync(int type, bool inside, CancellationToken cancellationToken)
    {
        ulong length;
        switch (type)
        {
            case ProtobufLayout.Varint:
                await ReadVarintAsync(inside, cancellationToken);
                return;
            case ProtobufLayout.Fixed64:
                length = 8;
                break;
            case ProtobufLayout.LengthDelimited:
                length = await ReadVarintAsync(inside, cancellationToken);
                break;
            case ProtobufLayout.Fixed32:
                length = 4;
                break;
            default:
                throw new UnreadableFrameException($"The list has a field of the unknown wire type {type}.");
        }

        Count(length, inside);
        while (length > 0)
        {
            await NeedAsync(1, cancellationToken);
            var some = (int)Math.Min(length, (ulong)_buffer.Unread.Length);
            _buffer.Consume(some);
            length -= (ulong)some;
        }
    }

    private async ValueTask<ulong> ReadVarintAsync(bool inside, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = ProtobufLayout.ReadVarint(_buffer.UnreadSpan, out var value);
            if (length > 0)
            {
                _buffer.Consume(length);
                Count((ulong)length, inside);
                return value;
            }

            if (length < 0)
                throw new UnreadableFrameException("The list has a number of more than 64 bits.");
            if (!await _buffer.FillAsync(cancellationToken))
                throw new EndOfStreamException("The answer ended inside the list.");
        }
    }

    private void Count(ulong bytes, bool inside)
    {
        if (!inside)
            return;
        if (bytes > _left)
            throw new UnreadableFrameException("A part of the list is longer than the list.");
        _left -= bytes;
    }

    private async ValueTask NeedAsync(int bytes, CancellationToken cancellationToken)
    {
        while (_buffer.Unread.Length < bytes)
        {
            if (!await _buffer.FillAsync(cancellationToken))
                throw new EndOfStreamException("The answer ended inside the list.");
        }
    }
}
