using System.Text;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// A name as a stem and an ending of up to eight ASCII characters, the first in the lowest byte: the pods of one owner share the stem, so that a name takes
/// sixteen bytes. No ending: the stem is the name.
/// </summary>
internal readonly struct NameParts(string? stem, ulong ending) : IEquatable<NameParts>
{
    private const int LongestEnding = sizeof(ulong);

    // A name of the API server has at most 253 characters.
    private const int OnStack = 256;

    private readonly string? _stem = stem;

    private int Length => Stem.Length + EndingLength;

    private int EndingLength => LongestEnding - System.Numerics.BitOperations.LeadingZeroCount(ending) / 8;

    private string Stem => _stem ?? "";

    /// <summary>Parted after the last hyphen where what follows is short enough.</summary>
    /// <param name="utf8">The name.</param>
    /// <param name="stemOf">The text of a stem, which is shared.</param>
    public static NameParts? Split(ReadOnlySpan<byte> utf8, Func<ReadOnlySpan<byte>, string> stemOf)
    {
        var cut = utf8.LastIndexOf((byte)'-') + 1;
        var length = utf8.Length - cut;
        if (cut == 0 || length is 0 or > LongestEnding || !Ascii.IsValid(utf8) || utf8[cut..].Contains((byte)0))
            return null;
        var ending = 0UL;
        for (var i = 0; i < length; i++)
            ending |= (ulong)utf8[cut + i] << (8 * i);
        return new NameParts(stemOf(utf8[..cut]), ending);
    }

    public bool Is(string name)
    {
        var (stem, length) = (Stem, EndingLength);
        if (name.Length != stem.Length + length || !name.StartsWith(stem, StringComparison.Ordinal))
            return false;
        for (var i = 0; i < length; i++)
        {
            if (name[stem.Length + i] != (byte)(ending >> (8 * i)))
                return false;
        }

        return true;
    }

    public bool Equals(NameParts other)
    {
        if (other.Ending == ending && other.Stem == Stem)
            return true;
        return other.Length == Length && Is(other.ToString());
    }

    public override bool Equals(object? obj) => obj is NameParts other && Equals(other);

    public override int GetHashCode() => Hash("");

    /// <summary>The hash of an object's key, the same for the same name however it is parted.</summary>
    public int Hash(string ns)
    {
        if (ending == 0)
            return HashOf(ns, Stem);
        Span<char> text = Length <= OnStack ? stackalloc char[Length] : new char[Length];
        Write(text);
        return HashOf(ns, text);
    }

    public static int HashOf(string ns, ReadOnlySpan<char> name) => HashCode.Combine(ns.GetHashCode(), string.GetHashCode(name));

    public override string ToString() => ending == 0 ? Stem : string.Create(Length, this, static (text, name) => name.Write(text));

    private ulong Ending => ending;

    private void Write(Span<char> text)
    {
        var stem = Stem;
        stem.CopyTo(text);
        for (var i = stem.Length; i < text.Length; i++)
            text[i] = (char)(byte)(ending >> (8 * (i - stem.Length)));
    }
}
