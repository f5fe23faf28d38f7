namespace Gateway.Emulator.Printing;

/// <summary>
/// Ages as kubectl shows them (apimachinery's <c>duration.HumanDuration</c>): at most two units, in larger units the older.
/// </summary>
internal static class HumanDuration
{
    public static string Since(string? moment, DateTimeOffset now) =>
        DateTimeOffset.TryParse(moment, out var then) ? Format(now - then) : "<unknown>";

    public static string Format(TimeSpan age)
    {
        var seconds = (long)age.TotalSeconds;
        if (seconds < -1)
            return "<invalid>";
        if (seconds < 0)
            return "0s";
        if (seconds < 120)
            return $"{seconds}s";
        var minutes = seconds / 60;
        if (minutes < 10)
            return Two(minutes, "m", seconds % 60, "s");
        if (minutes < 180)
            return $"{minutes}m";
        var hours = minutes / 60;
        if (hours < 8)
            return Two(hours, "h", minutes % 60, "m");
        if (hours < 48)
            return $"{hours}h";
        if (hours < 192)
            return Two(hours / 24, "d", hours % 24, "h");
        var days = hours / 24;
        if (days < 730)
            return $"{days}d";
        return days < 2920 ? Two(days / 365, "y", days % 365, "d") : $"{days / 365}y";
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
