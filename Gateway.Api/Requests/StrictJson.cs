using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>Reads a value from a body; faults are added to the body's list.</summary>
internal delegate T JsonShape<T>(ref JsonBody body);

/// <summary>Parses untrusted JSON (RFC 8259), nested at most 32 deep.</summary>
internal static class StrictJson
{
    private const int MaxDepth = 32;
    private const string FormAsJson = "The body is a form, but was sent as JSON. Leave out the header Content-Type: application/json, or send JSON.";

    private const string TrailingComma = "a comma before '}' or ']' is one too many.";

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the body once, to its end or until <paramref name="faults"/> are cut. Returns a refusal if the part read is not JSON.</summary>
    public static Refusal? Read<T>(ReadOnlyMemory<byte> body, FaultList faults, MetadataBudget budget, JsonShape<T> shape, out T? value)
    {
        value = default;
        var text = WithoutMark(body);
        if (FindFaultOfText(text.Span) is { } fault)
            return fault;
        try
        {
            var json = new JsonBody(text.Span, ReaderOptions, faults, budget);
            value = shape(ref json);
            json.End();
            return null;
        }
        catch (JsonException e)
        {
            return LooksLikeForm(text.Span) ? new Refusal(RefusalCodes.MalformedJson, FormAsJson) : Malformed(e);
        }
    }

    /// <summary>Fields of a form: <c>name=value</c>, which no JSON begins with.</summary>
    private static bool LooksLikeForm(ReadOnlySpan<byte> text) =>
        char.IsAsciiLetter((char)text[0]) && text.IndexOfAny("=\"{[ \n"u8) is > 0 and var end && text[end] == (byte)'=';

    /// <summary>
    /// Parses the whole document, for content that is stored unchanged: every string can be read without an exception. The caller disposes it.
    /// </summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body, out Refusal? refusal)
    {
        var text = WithoutMark(body);
        refusal = FindFaultOfText(text.Span) ?? FindFault(text.Span);
        return refusal is null ? JsonDocument.Parse(text, DocumentOptions) : null;
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) => body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;

    private static Refusal? FindFaultOfText(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return Malformed("the body is empty", 1, 1);
        return Utf8.IsValid(body) ? null : Malformed("the body is not UTF-8");
    }

    private static Refusal? FindFault(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, ReaderOptions);
        var unescaped = ArrayPool<char>.Shared.Rent(body.Length);
        try
        {
            while (reader.Read())
            {
                // An escaped lone surrogate is valid JSON but not valid Unicode.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    reader.CopyString(unescaped);
            }
            return null;
        }
        catch (JsonException e)
        {
            return Malformed(e);
        }
        catch (InvalidOperationException)
        {
            return Malformed(JsonBody.LoneSurrogate(reader.TokenStartIndex));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(unescaped);
        }
    }

    /// <summary>
    /// Removes the position from the parser's message: it counts from zero, the problem detail from one. What the message advises to the program that
    /// calls the parser is no advice to the client.
    /// </summary>
    private static Refusal Malformed(JsonException e)
    {
        if (e.Message.Contains("trailing comma", StringComparison.Ordinal))
            return Malformed(TrailingComma, e.LineNumber + 1, e.BytePositionInLine + 1);
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return Malformed(end < 0 ? e.Message : e.Message[..end], e.LineNumber + 1, e.BytePositionInLine + 1);
    }

    private static Refusal Malformed(string reason, long? line = null, long? column = null) => new(
        RefusalCodes.MalformedJson,
        string.Create(CultureInfo.InvariantCulture, $"The body is not JSON{(line is null ? "" : $" (line {line}, byte {column})")}: {reason}"));
}
