namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Reads lines from a stream that may be of any length, in constant memory. A line beyond its limit is skipped; the stream as a whole ends in
/// <see cref="InvalidDataException"/> beyond its own. Used by one caller at a time.
/// </summary>
internal sealed class BoundedLines(Stream stream, int lineBytes, long totalBytes)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _total;
    private bool _isSkipping;

    /// <summary>Lines that were longer than they may be.</summary>
    public int Skipped { get; private set; }

    /// <summary>The next line without its end, valid until the next call; false at the end of the stream, where an unended line does not count.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = _start;
        while (true)
        {
            var at = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var found = _buffer.AsSpan(_start, searched + at - _start);
                searched = _start = searched + at + 1;
                if (!_isSkipping && found.Length <= lineBytes)
                {
                    line = found;
                    return true;
                }

                (_isSkipping, Skipped) = (false, Skipped + 1);
                continue;
            }

            if (_isSkipping || _end - _start > lineBytes)
                (_isSkipping, _start, _end) = (true, 0, 0);
            searched = MakeRoom();
            if (Fill())
                continue;
            line = default;
            return false;
        }
    }

    private int MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            // Grows with the bytes that were read, never by a length that the input claims.
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return _end;
    }

    private bool Fill()
    {
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _total += read;
        return _total <= totalBytes ? read > 0 : throw new InvalidDataException("The stream is longer than it may be.");
    }
}
