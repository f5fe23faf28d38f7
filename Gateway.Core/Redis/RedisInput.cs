using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// Reads values from Redis as untrusted input, of any type and length. A value that is not exactly as a gateway writes it is skipped; nothing
/// throws. Every value from Redis goes through here before it is used.
/// </summary>
internal static class RedisInput
{
    private const int MaxJsonDepth = 64;

    // How far ahead the clock of another replica may be, or Redis' own after a failover.
    public static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    // Later than any clock says, and early enough that a day may be added.
    public static readonly DateTimeOffset EndOfTime = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An array of plain values; false for errors, nested arrays and single values.</summary>
    public static bool TryRows(RedisResult result, out RedisValue[] rows)
    {
        rows = [];
        try
        {
            if ((RedisValue[]?)result is not { } values)
                return false;
            rows = values;
            return true;
        }
        catch (Exception other) when (other is InvalidCastException or RedisException)
        {
            return false;
        }
    }

    /// <summary>A whole number in ASCII digits.</summary>
    public static bool TryNumber(RedisValue value, long low, long high, out long number)
    {
        number = 0;
        return (byte[]?)value is { Length: > 0 and <= 20 } bytes
            && Utf8Parser.TryParse(bytes, out number, out var consumed) && consumed == bytes.Length && number >= low && number <= high;
    }

    /// <summary>Milliseconds of the Unix epoch, after it and not later than <paramref name="latest"/>.</summary>
    public static bool TryTime(RedisValue value, DateTimeOffset latest, out DateTimeOffset time)
    {
        time = default;
        if (!TryNumber(value, 0, latest.ToUnixTimeMilliseconds(), out var milliseconds))
            return false;
        time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }

    /// <summary>Valid UTF-8 of at most so many bytes.</summary>
    public static bool TryText(RedisValue value, int maxBytes, [NotNullWhen(true)] out string? text)
    {
        text = (byte[]?)value is { } bytes && bytes.Length <= maxBytes && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }

    /// <summary>Lower-case hex digits, exactly so many: ids of registrations have 32, names of replicas 16.</summary>
    public static bool TryHex(RedisValue value, int length, [NotNullWhen(true)] out string? text) =>
        TryText(value, length, out text) && IsHex(text, length);

    public static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    /// <summary>JSON (RFC 8259) of which every text can be read without an exception. The caller disposes of the document.</summary>
    public static bool TryJson(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (bytes.Span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        if (!Utf8.IsValid(bytes.Span))
            return false;
        try
        {
            var reader = new Utf8JsonReader(bytes.Span, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
            while (reader.Read())
            {
                // An escaped lone surrogate is valid JSON, but not valid text.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            }

            document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxJsonDepth });
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
