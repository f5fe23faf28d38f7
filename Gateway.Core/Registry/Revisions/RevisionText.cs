using System.Buffers.Text;
using System.Collections.Immutable;

namespace Gateway.Core.Registry.Revisions;

/// <summary>
/// Revisions as text: base64url of a few bytes. Versions are written as the difference to the highest one, because the kinds of one cluster
/// advance together; this makes room for many namespaces. Reading never throws, whatever a caller sends.
/// </summary>
internal static class RevisionText
{
    private const byte Format = 1;
    private const byte HasLocal = 1;
    private const byte HasHistories = 2;
    private const byte Cut = 4;

    // More than any layout has; limits what a forged text can make the gateway allocate.
    private const int MaxParts = 128;

    public static string Write(Revision revision)
    {
        Span<byte> bytes = stackalloc byte[2048];
        var text = Base64Url.EncodeToString(bytes[..Fill(bytes, revision, revision.IsCut)]);
        return text.Length <= Revision.MaxLength ? text : Base64Url.EncodeToString(bytes[..Fill(bytes, revision, cut: true)]);
    }

    public static bool TryRead(string? text, out Revision revision)
    {
        revision = null!;
        if (string.IsNullOrEmpty(text) || text.Length > Revision.MaxLength || !text.All(IsOfAlphabet))
            return false;
        Span<byte> bytes = stackalloc byte[Revision.MaxLength];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var length) != System.Buffers.OperationStatus.Done)
            return false;
        var reader = new VarintReader(bytes[..length]);
        return Read(ref reader, out revision);
    }

    // The platform's decoder skips white space, which is not valid here.
    private static bool IsOfAlphabet(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static int Fill(Span<byte> bytes, Revision revision, bool cut)
    {
        var writer = new VarintWriter(bytes);
        var parts = cut ? [] : revision.Parts;
        var histories = parts.Any(static part => part.History != 0);
        writer.Byte(Format);
        writer.Byte((byte)((revision.Replica != 0 ? HasLocal : 0) | (histories ? HasHistories : 0) | (cut ? Cut : 0)));
        writer.Byte((byte)revision.Layout);
        writer.Byte((byte)(revision.Layout >> 8));
        if (revision.Replica != 0)
        {
            for (var shift = 0; shift < 32; shift += 8)
                writer.Byte((byte)(revision.Replica >> shift));
            writer.Number(revision.Sequence);
        }

        var top = parts.IsEmpty ? 0 : parts.Max(static part => part.Version);
        writer.Number((ulong)parts.Length);
        if (parts.IsEmpty)
            return writer.Length;
        writer.Number(top);
        var present = parts[^1].Index + 1;
        writer.Number((ulong)present);
        for (var first = 0; first < present; first += 8)
            writer.Byte(Presence(parts, first));
        foreach (var part in parts)
        {
            if (histories)
                writer.Number(part.History);
            writer.Number(top - part.Version);
        }

        return writer.Length;
    }

    private static byte Presence(ImmutableArray<RevisionPart> parts, int first)
    {
        var bits = 0;
        foreach (var part in parts)
        {
            if (part.Index >= first && part.Index < first + 8)
                bits |= 1 << (part.Index - first);
        }

        return (byte)bits;
    }

    private static bool Read(ref VarintReader reader, out Revision revision)
    {
        revision = null!;
        if (reader.Byte() != Format)
            return false;
        var flags = reader.Byte();
        var layout = (ushort)(reader.Byte() | (reader.Byte() << 8));
        uint replica = 0;
        ulong sequence = 0;
        if ((flags & HasLocal) != 0)
        {
            for (var shift = 0; shift < 32; shift += 8)
                replica |= (uint)reader.Byte() << shift;
            sequence = reader.Number();
        }

        var parts = ReadParts(ref reader, (flags & HasHistories) != 0);
        if (parts is null || !reader.IsAtEnd || flags > 7)
            return false;
        revision = new Revision(layout, parts.Value, replica, sequence, (flags & Cut) != 0);
        return true;
    }

    private static ImmutableArray<RevisionPart>? ReadParts(ref VarintReader reader, bool histories)
    {
        var count = reader.Number();
        if (count == 0)
            return [];
        var top = reader.Number();
        var present = reader.Number();
        if (count > MaxParts || present > MaxParts || count > present)
            return null;
        var indices = new List<int>((int)count);
        for (var first = 0; first < (int)present; first += 8)
        {
            var bits = reader.Byte();
            for (var bit = 0; bit < 8; bit++)
            {
                if ((bits & (1 << bit)) != 0)
                    indices.Add(first + bit);
            }
        }

        if (indices.Count != (int)count)
            return null;
        var parts = ImmutableArray.CreateBuilder<RevisionPart>(indices.Count);
        foreach (var index in indices)
        {
            var history = histories ? reader.Number() : 0;
            var below = reader.Number();
            if (history > uint.MaxValue || below > top)
                return null;
            parts.Add(new RevisionPart(index, (uint)history, top - below));
        }

        return parts.ToImmutable();
    }

    private ref struct VarintWriter(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public int Length { get; private set; }

        public void Byte(byte value) => _bytes[Length++] = value;

        public void Number(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                Byte((byte)(value | 0x80));
            Byte((byte)value);
        }
    }

    private ref struct VarintReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _position;
        private bool _failed;

        public readonly bool IsAtEnd => !_failed && _position == _bytes.Length;

        public byte Byte()
        {
            if (_position < _bytes.Length)
                return _bytes[_position++];
            _failed = true;
            return 0;
        }

        public ulong Number()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = Byte();
                value |= (ulong)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }

            _failed = true;
            return 0;
        }
    }
}
