using System.Globalization;
using System.Text;

namespace Gateway.Core.Diagnostics;

/// <summary>Escapes untrusted text for the log: one line of plain ASCII.</summary>
public static class LogText
{
    /// <summary>Longer text is cut to keep log lines readable.</summary>
    public const int Limit = 1024;

    /// <summary>Writes control characters, line and paragraph separators and everything that could change the look of a line as \uXXXX.</summary>
    public static string Escaped(string text)
    {
        var isLong = text.Length > Limit;
        var shown = isLong ? text.AsSpan(0, Limit) : text;
        if (!isLong && !shown.ContainsAnyExceptInRange(' ', '~'))
            return text;
        var escaped = new StringBuilder(shown.Length + 32);
        foreach (var c in shown)
        {
            if (c is >= ' ' and <= '~')
                escaped.Append(c);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return isLong ? escaped.Append(CultureInfo.InvariantCulture, $"... ({text.Length} characters)").ToString() : escaped.ToString();
    }
}
