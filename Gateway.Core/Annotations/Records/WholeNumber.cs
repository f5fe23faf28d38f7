using System.Globalization;
using System.Text.Json;

namespace Gateway.Core.Annotations.Records;

/// <summary>Whole numbers in any spelling of JSON (RFC 8259, section 6): <c>8080</c>, <c>8080.0</c>, <c>8.08e3</c>.</summary>
public static class WholeNumber
{
    /// <summary>False: it is not whole, or no number of 32 bits.</summary>
    public static bool TryRead(JsonElement value, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number
            && (value.TryGetInt32(out number) || (value.TryGetDecimal(out var spelled) && TryNarrow(spelled, out number)));
    }

    /// <summary>The same for a token that is a number. <paramref name="isTooLarge"/>: it is whole, but needs more than 32 bits.</summary>
    public static bool TryRead(in Utf8JsonReader reader, out int number, out bool isTooLarge)
    {
        isTooLarge = false;
        if (reader.TryGetInt32(out number))
            return true;
        var isDecimal = reader.TryGetDecimal(out var spelled);
        if (isDecimal && TryNarrow(spelled, out number))
            return true;

        // What a decimal cannot hold has more than 28 digits before its point.
        isTooLarge = !isDecimal || decimal.IsInteger(spelled);
        return false;
    }

    /// <summary>The same for the text of a form field.</summary>
    public static bool TryRead(string text, out int number)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        number = 0;
        return decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var spelled) && TryNarrow(spelled, out number);
    }

    private static bool TryNarrow(decimal spelled, out int number)
    {
        var fits = decimal.IsInteger(spelled) && spelled is >= int.MinValue and <= int.MaxValue;
        number = fits ? (int)spelled : 0;
        return fits;
    }
}
