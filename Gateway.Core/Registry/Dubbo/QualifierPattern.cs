namespace Gateway.Core.Registry.Dubbo;

/// <summary>
/// A group or version as a Dubbo consumer asks for it: exact, <c>*</c> for any, a comma list for any of these; empty matches only empty. Version
/// <c>0.0.0</c> is what dubbo-go calls none.
/// </summary>
public static class QualifierPattern
{
    private const string Any = "*";
    private const string NoVersion = "0.0.0";

    /// <summary>Null as <paramref name="pattern"/>: not asked for.</summary>
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
