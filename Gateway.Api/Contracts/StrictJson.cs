using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Core.Refusals;

namespace Gateway.Api.Contracts;

/// <summary>Parses JSON (RFC 8259) from strangers: after it, every string of the document can be read without an exception.</summary>
public static class StrictJson
{
    private const int MaxDepth = 32;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };

    /// <summary>The caller disposes the document.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body, out Refusal? refusal)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        refusal = FindFault(body.Span);
        return refusal is null ? JsonDocument.Parse(body, DocumentOptions) : null;
    }

    private static Refusal? FindFault(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return Malformed("the body is empty", 1, 1);
        if (!Utf8.IsValid(body))
            return Malformed("the body is not UTF-8");
        var reader = new Utf8JsonReader(body, ReaderOptions);
        try
        {
            while (reader.Read())
            {
                // An escaped lone surrogate is grammatical, yet no text.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            }
            return null;
        }
        catch (JsonException e)
        {
            return Malformed(Reason(e), e.LineNumber + 1, e.BytePositionInLine + 1);
        }
        catch (InvalidOperationException)
        {
            return Malformed($"the text at byte {reader.TokenStartIndex} holds half a surrogate pair");
        }
    }

    /// <summary>The parser's words end with its own count from zero; ours stands beside it, counted from one.</summary>
    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    private static Refusal Malformed(string reason, long? line = null, long? column = null) => new(
        RefusalCodes.MalformedJson,
        string.Create(CultureInfo.InvariantCulture, $"The body is not JSON{(line is null ? "" : $" (line {line}, byte {column})")}: {reason}"));
}
