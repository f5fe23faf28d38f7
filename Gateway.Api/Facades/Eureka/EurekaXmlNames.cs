using System.Globalization;
using System.Text;
using System.Xml;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// The names of metadata in XML, as XStream's XmlFriendlyNameCoder with Eureka's settings writes and reads them: <c>_</c> is <c>__</c>, <c>$</c> is
/// <c>_-</c>, and another character that no name may have is <c>_.</c> with four hex digits.
/// </summary>
internal static class EurekaXmlNames
{
    public static string Encode(string key)
    {
        var name = new StringBuilder(key.Length + 8);
        foreach (var one in key)
        {
            if (one == '$')
                name.Append("_-");
            else if (one == '_')
                name.Append("__");
            else if (one == ':' || !(name.Length == 0 ? XmlConvert.IsStartNCNameChar(one) : XmlConvert.IsNCNameChar(one)))
                name.Append(CultureInfo.InvariantCulture, $"_.{(int)one:x4}");
            else
                name.Append(one);
        }

        return name.ToString();
    }

    /// <summary>A <c>_</c> that begins none of these is itself: written by hand.</summary>
    public static string Decode(string name)
    {
        if (!name.Contains('_', StringComparison.Ordinal))
            return name;
        var key = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            var rest = name.AsSpan(i);
            if (rest.StartsWith("_-"))
                (i, _) = (i + 1, key.Append('$'));
            else if (rest.StartsWith("__"))
                (i, _) = (i + 1, key.Append('_'));
            else if (rest.StartsWith("_.") && rest.Length >= 6 && ushort.TryParse(rest[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                (i, _) = (i + 5, key.Append((char)code));
            else
                key.Append(name[i]);
        }

        return key.ToString();
    }

    /// <summary>The text without what XML 1.0 has no form for; each such character is U+FFFD.</summary>
    public static string Clean(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsFine(text, ref i))
                return CleanFrom(text, i);
        }

        return text;
    }

    private static string CleanFrom(string text, int first)
    {
        var clean = new StringBuilder(text, 0, first, text.Length);
        for (var i = first; i < text.Length; i++)
        {
            var start = i;
            if (IsFine(text, ref i))
                clean.Append(text, start, i - start + 1);
            else
                clean.Append('\uFFFD');
        }

        return clean.ToString();
    }

    // A pair counts as one; the position moves to its second half.
    private static bool IsFine(string text, ref int at)
    {
        if (XmlConvert.IsXmlChar(text[at]))
            return true;
        if (at + 1 == text.Length || !XmlConvert.IsXmlSurrogatePair(text[at + 1], text[at]))
            return false;
        at++;
        return true;
    }
}
