using System.Globalization;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>The parameter <c>timestamp</c>: seconds from Go, milliseconds from Java.</summary>
internal static class DubboTime
{
    // As seconds this number is the year 33658.
    private const long LeastMilliseconds = 1_000_000_000_000;

    public static DateTimeOffset? Parse(string text)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return null;
        try
        {
            return number >= LeastMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(number) : DateTimeOffset.FromUnixTimeSeconds(number);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
