using System.Globalization;

namespace Gateway.Api.Requests;

/// <summary>Times in queries: RFC 3339 with a zone. Digits of a second beyond the seventh are cut.</summary>
internal static class TimeText
{
    private const int MaxLength = 64;
    private const int MaxDigits = 7;

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        return text.Length <= MaxLength && DateTimeOffset.TryParseExact(
            Cut(text.ToUpperInvariant()), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    private static string Cut(string text)
    {
        var point = text.IndexOf('.');
        if (point < 0)
            return text;
        var end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return end - point - 1 <= MaxDigits ? text : text[..(point + 1 + MaxDigits)] + text[end..];
    }
}
