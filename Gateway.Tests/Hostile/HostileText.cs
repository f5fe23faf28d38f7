using System.Globalization;
using System.Text;

namespace Gateway.Tests.Hostile;

/// <summary>Texts that callers, SDKs and people should not send, and legal ones with a fault. Decided by the seed alone.</summary>
internal sealed class HostileText(Random random)
{
    private static readonly string[] Odd =
    [
        "", " ", ".", "..", "../..", "/", "//", "\\", "*", "null", "undefined", "NaN", "Infinity", "true", "0", "-0", "-1", "1", "1.5", "1e2", "1e999", "0x10", "+1", "٣",
        "9223372036854775807", "9223372036854775808", "4294967296", "99999999999999999999999999", "\u0000", "\u0001", "\r\n", "\r\nX-Evil: 1\r\n\r\n", "\n", "\t", "\u007f",
        "\u0085", "\u2028", "\u202e", "\ufeff", "\ufffd", "é", "e\u0301", "名前", "💥", "\ud800", "\udfff", "<script>alert(1)</script>", "'; DROP TABLE pods;--", "${jndi:ldap://x}",
        "{{7*7}}", "%s%n%x", "declare", "mirrors", "registry-gateway.io/declare", "kube-system", "default", "shop", "billing", "localhost", "127.0.0.1", "::1", "[::1]:80", "a,b", "a=b",
        "a&b", "a;b", "a in (b)", "a notin (b,c)", "!a", "a!=b", "a in (", "a=b,", "((((((((", "[[[[[[[[", "{\"a\":", "[]", "{}", "\"", "ab\"cd", "1h", "30s", "1h1h1h", "5m0s", "-5s", "1ns", "1000000h",
        "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "UP", "any", "TERMINATING", "weighted", "consistent-hash",
        "AAAAAAAAAAAAAAAA", "W/\"abc\"", "*/*", "gzip", "ffffffffffffffffffffffffffffffff", "00000000000000000000000000000000", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    ];

    public string Next() => random.Next(10) switch
    {
        0 => new string(random.Of('a', 'é', '\u0000', '.', '%', '\ud83d', ',', '1'), random.Of(64, 254, 300, 2000, 9000)),
        1 => Noise(random.Next(1, 40)),
        2 => string.Concat(Odd[random.Next(Odd.Length)], Odd[random.Next(Odd.Length)]),
        _ => Odd[random.Next(Odd.Length)],
    };

    /// <summary>True one time in eight.</summary>
    public bool Once() => random.Once(8);

    /// <summary>That text, or one with a fault.</summary>
    public string Near(string legal) => random.Next(14) switch
    {
        0 => Next(),
        1 when legal.Length > 0 => legal.Remove(random.Next(legal.Length), 1),
        2 => legal.Insert(random.Next(legal.Length + 1), Odd[random.Next(Odd.Length)]),
        3 => legal.ToUpperInvariant(),
        _ => legal,
    };

    public string Noise(int length) => string.Create(length, random, static (text, random) =>
    {
        foreach (ref var c in text)
            c = (char)random.Next(random.Of(0x80, 0x800, 0x10000));
    });

    /// <summary>As it may stand in a path or a query; now and then raw, badly escaped, or as bytes that are no UTF-8.</summary>
    public string Escaped(string text) => random.Next(24) switch
    {
        0 => random.Of("%", "%z", "%00", "%ff%fe", "%ed%a0%80", "%c0%ae%c0%ae", "%2e%2e%2f", "%25", "%u0041", "%0d%0a", "+", "%20"),
        1 => string.Concat(Encoding.UTF8.GetBytes(text).Select(static one => string.Create(CultureInfo.InvariantCulture, $"%{one:X2}"))),
        2 => new string([.. text.Where(static c => c is > ' ' and < '\u007f')]),
        _ => Percent(text),
    };

    private static string Percent(string text)
    {
        var escaped = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
                escaped.Append((char)one);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{one:x2}");
        }

        return escaped.ToString();
    }
}
