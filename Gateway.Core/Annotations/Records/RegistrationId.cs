using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// The id of a registration or an instance: 32 lower-case hex digits. Every id that a caller says is parsed where it enters, so no text of a
/// caller becomes an annotation key of another meaning (<c>declare</c>, <c>mirrors</c>). Immutable.
/// </summary>
public sealed record RegistrationId
{
    public const int Length = 32;

    private readonly string _text;

    private RegistrationId(string text) => _text = text;

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RegistrationId? id)
    {
        id = text is not null && IsId(text) ? new RegistrationId(text) : null;
        return id is not null;
    }

    /// <summary>For ids that this process computed or showed.</summary>
    public static RegistrationId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"An id is {Length} lower-case hex digits.");

    public static bool IsId(ReadOnlySpan<char> text)
    {
        if (text.Length != Length)
            return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigitLower(digit))
                return false;
        }

        return true;
    }

    public static implicit operator string(RegistrationId id) => id._text;

    public override string ToString() => _text;
}
