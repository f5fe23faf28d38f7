using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Core.Annotations.Records;

/// <summary>JSON in annotations: written compact with minimal escaping; every fault in reading becomes a sentence.</summary>
internal static class AnnotationJson
{
    /// <summary>Annotations are never rendered into HTML, so only quotes and control characters are escaped.</summary>
    public static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public const string NotUnicode = "holds text that is not valid Unicode";

    /// <summary>False with a reason when <paramref name="text"/> is not JSON. The caller disposes of the document.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonDocument? document, [NotNullWhen(false)] out string? reason)
    {
        document = null;
        reason = null;
        try
        {
            document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException fault)
        {
            reason = Position(fault);
        }
        catch (ArgumentException)
        {
            // A lone surrogate cannot be encoded as UTF-8.
            reason = NotUnicode;
        }

        return false;
    }

    public static string Position(JsonException fault) => $"is not JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})";

    /// <summary>The text in UTF-8; false when it holds a lone surrogate.</summary>
    public static bool TryEncode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        try
        {
            bytes = StrictUtf8.GetBytes(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            bytes = null;
            return false;
        }
    }
}
