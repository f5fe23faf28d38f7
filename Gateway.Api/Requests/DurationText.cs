using System.Globalization;

namespace Gateway.Api.Requests;

/// <summary>
/// Durations as Go writes and reads them (<c>500ms</c>, <c>1m30s</c>, <c>5m0s</c>, <c>0.2s</c>; time.ParseDuration), or plain seconds. They are
/// never negative.
/// </summary>
public static class DurationText
{
    private const int MaxLength = 60;

    /// <summary>Ticks of 100 ns of each unit; the longer name comes before a shorter one that it begins with.</summary>
    private static readonly (string Name, decimal Ticks)[] Units =
    [
        ("ns", 0.01m), ("us", 10m), ("\u00b5s", 10m), ("\u03bcs", 10m), ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary>False: it is none. What is longer than a <see cref="TimeSpan"/> can hold is the longest.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.IsEmpty || text.Length > MaxLength)
            return false;
        var ticks = 0m;
        var isPlain = !text.ContainsAnyExcept("0123456789.");
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAnyExcept("0123456789.");
            var number = end < 0 ? text : text[..end];
            if (!TryReadNumber(number, out var count))
                return false;
            text = text[number.Length..];
            if (isPlain)
            {
                ticks = count * TimeSpan.TicksPerSecond;
                continue;
            }
            if (UnitOf(text) is not { } unit)
                return false;
            ticks += count * unit.Ticks;
            text = text[unit.Name.Length..];
        }
        duration = ticks < TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)ticks) : TimeSpan.MaxValue;
        return true;
    }

    /// <summary>In one unit, the largest in which it is whole.</summary>
    public static string Format(TimeSpan duration) =>
        duration.Ticks % TimeSpan.TicksPerHour == 0 ? $"{duration.TotalHours:0}h"
        : duration.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{duration.TotalMinutes:0}m"
        : $"{duration.TotalSeconds:0}s";

    // 15 digits on each side keep every sum within a decimal.
    private static bool TryReadNumber(ReadOnlySpan<char> text, out decimal number)
    {
        number = 0;
        var point = text.IndexOf('.');
        return (point < 0 ? text.Length : Math.Max(point, text.Length - point - 1)) <= 15
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static (string Name, decimal Ticks)? UnitOf(ReadOnlySpan<char> text)
    {
        foreach (var unit in Units)
        {
            if (text.StartsWith(unit.Name, StringComparison.Ordinal))
                return unit;
        }
        return null;
    }
}
