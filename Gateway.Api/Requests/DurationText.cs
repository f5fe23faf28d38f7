using System.Globalization;

namespace Gateway.Api.Requests;

/// <summary>Durations in a query: <c>500ms</c>, <c>30s</c>, <c>2m</c>, <c>1h</c>, or plain seconds.</summary>
public static class DurationText
{
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        var number = digits < 0 ? text : text[..digits];
        var unit = digits < 0 ? [] : text[digits..];
        duration = default;
        if (number.Length is 0 or > 9)
            return false;
        var count = long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);
        TimeSpan? parsed = unit switch
        {
            "ms" => TimeSpan.FromMilliseconds(count),
            "" or "s" => TimeSpan.FromSeconds(count),
            "m" => TimeSpan.FromMinutes(count),
            "h" => TimeSpan.FromHours(count),
            _ => null,
        };
        duration = parsed ?? default;
        return parsed is not null;
    }

    public static string Format(TimeSpan duration) =>
        duration.TotalSeconds % 60 == 0 ? $"{duration.TotalMinutes:0}m" : $"{duration.TotalSeconds:0}s";
}
