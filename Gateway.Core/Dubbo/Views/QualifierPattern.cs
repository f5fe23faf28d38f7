namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// A group or version in a Dubbo consumer's request: exact, <c>*</c> for any, a comma separated list for any of these; empty matches only
/// empty. dubbo-go writes version <c>0.0.0</c> for no version.
/// </summary>
public static class QualifierPattern
{
    private const string Any = "*";
    private const string NoVersion = "0.0.0";

    /// <summary>A null <paramref name="pattern"/> matches everything.</summary>
    public static bool Matches(string? pattern, string value)
    {
        if (pattern is null or Any || value == Any)
            return true;
        if (!pattern.Contains(',', StringComparison.Ordinal))
            return Plain(pattern) == Plain(value);
        foreach (var one in pattern.Split(','))
        {
            if (one.Trim() == Any || Plain(one.Trim()) == Plain(value))
                return true;
        }

        return false;
    }

    private static string Plain(string text) => text == NoVersion ? "" : text;
}
