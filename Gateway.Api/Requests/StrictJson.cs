using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Api.Errors;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>Makes a value of a body; faults go to the body's list.</summary>
internal delegate T JsonShape<T>(ref JsonBody body);

/// <summary>JSON (RFC 8259) from strangers, nested at most 32 deep.</summary>
internal static class StrictJson
{
    private const int MaxDepth = 32;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the body once, to its end or until <paramref name="faults"/> are cut. The refusal: it is no JSON as far as it was read.</summary>
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
            return Malformed(e);
        }
    }

    /// <summary>
    /// The whole document, for what is kept as it came: every string of it can be read without an exception. The caller disposes it.
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
                // An escaped lone surrogate is grammatical, yet no text.
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
            return Malformed(LoneSurrogate(reader.TokenStartIndex));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(unescaped);
        }
    }

    public static string LoneSurrogate(long at) => $"the text at byte {at} holds half a surrogate pair";

    /// <summary>The parser's words end with its own count from zero; ours stands beside it, counted from one.</summary>
    private static Refusal Malformed(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return Malformed(end < 0 ? e.Message : e.Message[..end], e.LineNumber + 1, e.BytePositionInLine + 1);
    }

    private static Refusal Malformed(string reason, long? line = null, long? column = null) => new(
        RefusalCodes.MalformedJson,
        string.Create(CultureInfo.InvariantCulture, $"The body is not JSON{(line is null ? "" : $" (line {line}, byte {column})")}: {reason}"));
}
