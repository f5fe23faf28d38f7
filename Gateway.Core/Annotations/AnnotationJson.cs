using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Core.Annotations;

/// <summary>JSON as annotations hold it: written compact and with little escaping, read with every fault as a sentence.</summary>
internal static class AnnotationJson
{
    /// <summary>What stands in an annotation is never put into a page: quotes and controls are escaped, nothing else needs to be.</summary>
    public static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public const string NotUnicode = "holds text that is not valid Unicode";

    /// <summary>False with a reason when <paramref name="text"/> is no JSON. The caller disposes of the document.</summary>
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
            reason = $"is not JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})";
        }
        catch (ArgumentException)
        {
            // A lone surrogate cannot become UTF-8.
            reason = NotUnicode;
        }

        return false;
    }
}
