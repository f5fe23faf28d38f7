using System.Text;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>Go's <c>url.QueryEscape</c> and <c>url.QueryUnescape</c>.</summary>
internal static class GoQuery
{
    // WebUtility.UrlEncode does not escape !*(); Go does.
    public static string Escape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    /// <summary>Null where a percent sign is not followed by two hex digits; invalid UTF-8 becomes U+FFFD.</summary>
    public static string? Unescape(string text)
    {
        if (text.AsSpan().IndexOfAny('%', '+') < 0)
            return text;

        var source = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < source.Length; i++)
        {
            var value = source[i];
            if (value == '+')
            {
                value = (byte)' ';
            }
            else if (value == '%')
            {
                if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
                    return null;
                value = (byte)((Nibble(source[i + 1]) << 4) | Nibble(source[i + 2]));
                i += 2;
            }

            source[length++] = value;
        }

        return Encoding.UTF8.GetString(source, 0, length);
    }

    private static int Nibble(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
