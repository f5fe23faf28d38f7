using System.Numerics;
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
    private readonly ulong _ending = ending;

    private string Stem => _stem ?? "";

    private int Length => Stem.Length + EndingLength;

    private int EndingLength => LongestEnding - (BitOperations.LeadingZeroCount(_ending) / 8);

    /// <summary>Parted after the last hyphen where what follows is short enough; else null.</summary>
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

    public bool Equals(NameParts other)
    {
        if (other._ending == _ending && other.Stem == Stem)
            return true;

        // The same name may be parted here and whole there.
        var length = Length;
        if (length != other.Length || other._ending == _ending)
            return false;
        Span<char> one = length <= OnStack ? stackalloc char[length] : new char[length];
        Span<char> two = length <= OnStack ? stackalloc char[length] : new char[length];
        Write(one);
        other.Write(two);
        return one.SequenceEqual(two);
    }

    public override bool Equals(object? obj) => obj is NameParts other && Equals(other);

    /// <summary>The same for the same name, however it is parted.</summary>
    public override int GetHashCode()
    {
        if (_ending == 0)
            return string.GetHashCode(Stem);
        var length = Length;
        Span<char> text = length <= OnStack ? stackalloc char[length] : new char[length];
        Write(text);
        return string.GetHashCode(text);
    }

    public override string ToString() => _ending == 0 ? Stem : string.Create(Length, this, static (text, name) => name.Write(text));

    private void Write(Span<char> text)
    {
        var stem = Stem;
        stem.CopyTo(text);
        for (var i = stem.Length; i < text.Length; i++)
            text[i] = (char)(byte)(_ending >> (8 * (i - stem.Length)));
    }
}
