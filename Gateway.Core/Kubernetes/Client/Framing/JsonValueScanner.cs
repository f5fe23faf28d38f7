using System.Buffers;

namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Finds the end of one JSON value in bytes that arrive in pieces of any size; each byte is inspected once. It tracks brackets and strings
/// only: whether the content is valid JSON is for the decoder to find out.
/// </summary>
internal struct JsonValueScanner
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",]}: \t\r\n"u8);

    private int _depth;
    private bool _started;
    private bool _inScalar;
    private bool _inString;
    private bool _escaped;

    /// <summary>
    /// Scans the next bytes of the value (the first call must begin with its first byte). True: the value ends after <paramref
    /// name="length"/> of these bytes. False: all of them belong to it, and more must follow.
    /// </summary>
    public bool TryFindEnd(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.IsEmpty)
            return false;
        if (!_started)
        {
            _started = true;
            _inScalar = bytes[0] is not ((byte)'{' or (byte)'[' or (byte)'"');
        }

        return _inScalar ? TryFindScalarEnd(bytes, out length) : TryFindStructureEnd(bytes, out length);
    }

    private static bool TryFindScalarEnd(ReadOnlySpan<byte> bytes, out int length)
    {
        length = bytes.IndexOfAny(ScalarEnds);
        return length >= 0;
    }

    private bool TryFindStructureEnd(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        while (length < bytes.Length)
        {
            if (_escaped)
            {
                _escaped = false;
                length++;
                continue;
            }

            var next = bytes[length..].IndexOfAny(_inString ? StringEnds : Structure);
            if (next < 0)
                break;
            length += next + 1;
            switch (bytes[length - 1])
            {
                case (byte)'\\':
                    _escaped = true;
                    break;
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                default:
                    _depth--;
                    break;
            }

            if (_depth <= 0 && !_inString)
                return true;
        }

        length = bytes.Length;
        return false;
    }
}
