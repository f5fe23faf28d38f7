using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// The value of the annotations <c>dubbo.io/annotation</c> and <c>app.io/annotation</c>: base64 of a JSON array of key/value objects. The
/// reader accepts both base64 alphabets, missing padding and line breaks, and checks each element on its own; SDKs drop the whole pod
/// instead. The writer produces what the strictest SDK reads: URL-safe, padded.
/// </summary>
internal static class KeyValueList
{
    /// <summary>The elements, without null ones; empty with a reason when the value is not such a list.</summary>
    public static ImmutableArray<KeyValueEntry> Decode(string value, out string? fault)
    {
        fault = null;
        if (value.Length == 0)
            return [];
        if (TryDecodeBase64(value) is not { } bytes)
        {
            fault = "is not base64";
            return [];
        }

        // As in Go: invalid UTF-8 becomes U+FFFD instead of a fault.
        if (!AnnotationJson.TryParse(Encoding.UTF8.GetString(bytes), out var document, out var reason))
        {
            fault = $"is base64, but what it holds {reason}";
            return [];
        }

        using (document)
        {
            switch (document.RootElement.ValueKind)
            {
                case JsonValueKind.Null:
                    return [];
                case JsonValueKind.Array:
                    return ReadAll(document.RootElement);
                default:
                    fault = "is base64, but what it holds is not a JSON array";
                    return [];
            }
        }
    }

    /// <summary>The annotation value of elements given as JSON texts.</summary>
    public static string Encode(IEnumerable<string> elements) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"[{string.Join(',', elements)}]")).Replace('+', '-').Replace('/', '_');

    /// <summary>The JSON text of one element as Go writes it: Go escapes &lt;, &gt; and &amp; as well.</summary>
    public static string Element(string key, string value) => $$"""{"k":{{Text(key)}},"v":{{Text(value)}}}""";

    private static string Text(string text) =>
        $"\"{JsonEncodedText.Encode(text, AnnotationJson.Compact.Encoder)}\""
            .Replace("<", "\\u003c", StringComparison.Ordinal)
            .Replace(">", "\\u003e", StringComparison.Ordinal)
            .Replace("&", "\\u0026", StringComparison.Ordinal);

    private static byte[]? TryDecodeBase64(string value)
    {
        var text = new StringBuilder(value.Length + 3);
        foreach (var c in value)
        {
            // Go skips these two and no other white space.
            if (c is '\r' or '\n')
                continue;
            if (char.IsWhiteSpace(c))
                return null;
            text.Append(c switch { '-' => '+', '_' => '/', _ => c });
        }

        if (text.Length % 4 != 0)
            text.Append('=', 4 - (text.Length % 4));
        var bytes = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text.ToString(), bytes, out var length) ? bytes[..length] : null;
    }

    private static ImmutableArray<KeyValueEntry> ReadAll(JsonElement array)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValueEntry>();
        var place = -1;
        foreach (var element in array.EnumerateArray())
        {
            place++;
            if (element.ValueKind != JsonValueKind.Null)
                entries.Add(Read(place, element));
        }

        return entries.ToImmutable();
    }

    private static KeyValueEntry Read(int place, JsonElement element)
    {
        var json = element.GetRawText();
        if (element.ValueKind != JsonValueKind.Object)
            return new(place, "", "", json, "is not an object of k and v");

        try
        {
            var (key, value) = ("", "");
            foreach (var member in element.EnumerateObject())
            {
                // Go matches member names case-insensitively; null leaves the field unchanged.
                var isKey = member.Name.Equals("k", StringComparison.OrdinalIgnoreCase);
                if ((!isKey && !member.Name.Equals("v", StringComparison.OrdinalIgnoreCase)) || member.Value.ValueKind == JsonValueKind.Null)
                    continue;
                if (member.Value.ValueKind != JsonValueKind.String)
                    return new(place, "", "", json, $"{member.Name} is not a string");
                if (isKey)
                    key = member.Value.GetString()!;
                else
                    value = member.Value.GetString()!;
            }

            return new(place, key, value, json, null);
        }
        catch (InvalidOperationException)
        {
            // Thrown by JsonElement for an escaped lone surrogate.
            return new(place, "", "", json, AnnotationJson.NotUnicode);
        }
    }
}

/// <summary>
/// One element <c>{"k": ..., "v": ...}</c> of a key/value annotation, with its unchanged JSON text. <paramref name="Fault"/> says why it is
/// invalid; key and value are then "".
/// </summary>
internal readonly record struct KeyValueEntry(int Place, string Key, string Value, string Json, string? Fault);
