using System.Buffers.Text;
using System.Text;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>A uid as a number where it is a UUID in its usual spelling, else as its text. A text is made only where it is read.</summary>
internal readonly struct ObjectUid : IEquatable<ObjectUid>
{
    private const int TextLength = 36;

    private ObjectUid(Guid number, string? odd) => (Number, Odd) = (number, odd);

    /// <summary>The empty number: the uid is <see cref="Odd"/>.</summary>
    public Guid Number { get; }

    /// <summary>Null: the uid is the number, or there is none.</summary>
    public string? Odd { get; }

    public bool IsEmpty => Number == Guid.Empty && Odd is null;

    public static ObjectUid Of(Guid number, string? odd) => new(number, odd);

    public static ObjectUid Of(string text)
    {
        Span<byte> utf8 = stackalloc byte[TextLength];
        return text.Length == TextLength && Encoding.UTF8.TryGetBytes(text, utf8, out var length) && NumberOf(utf8[..length]) is { } number
            ? new(number, null)
            : new(Guid.Empty, text.Length == 0 ? null : text);
    }

    /// <summary>The number of a UUID in its usual spelling, which is the only one that it is written back in; else null.</summary>
    public static Guid? NumberOf(ReadOnlySpan<byte> utf8) =>
        utf8.Length == TextLength && Utf8Parser.TryParse(utf8, out Guid number, out var read, 'D') && read == utf8.Length && number != Guid.Empty
            && !utf8.ContainsAnyInRange((byte)'A', (byte)'F')
            ? number
            : null;

    public bool Equals(ObjectUid other) => Number == other.Number && Odd == other.Odd;

    public override bool Equals(object? obj) => obj is ObjectUid other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Number, Odd);

    public override string ToString() => Odd ?? (Number == Guid.Empty ? "" : Number.ToString());
}
