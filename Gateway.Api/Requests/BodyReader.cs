using System.Buffers;
using System.IO.Pipelines;
using Gateway.Api.Errors;
using Gateway.Core.Results;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Requests;

/// <summary>Reads a request's whole body, at most <see cref="Limit"/> bytes of it, or fewer where the caller is not known yet.</summary>
public static class BodyReader
{
    public const int Limit = 1024 * 1024;

    /// <summary>
    /// The server's own limit is higher than this one: up to it the rest of a body that is too long is drained, so that the caller reads
    /// the 413 instead of a connection reset.
    /// </summary>
    public const long ServerLimit = 8 * 1024 * 1024;

    private const string Identity = "identity";

    private static readonly Refusal TooLarge = new(RefusalCodes.BodyTooLarge, "The body exceeds 1 MiB (1,048,576 bytes).");
    private static readonly Refusal Broken = new(ApiCodes.BadRequest, "The body is not framed as its headers say.");

    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken, int limit = Limit)
    {
        if (EncodingOf(request) is { } encoded)
            return (default, encoded);
        if (request.ContentLength > limit)
            return (default, TooLarge);
        var reader = request.BodyReader;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(cancellationToken);
            }
            catch (IOException e) when (e is not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                // Kestrel says this of a chunk's size that overflows; the next request cannot be found on that connection.
                request.HttpContext.Response.Headers.Connection = "close";
                return (default, Broken);
            }

            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return (default, TooLarge);
            }
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return (bytes, null);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>A body that is compressed, for example, is not read; the answer says which encoding is (RFC 9110, 12.5.3).</summary>
    private static Refusal? EncodingOf(HttpRequest request)
    {
        foreach (var encoding in request.Headers.GetCommaSeparatedValues(HeaderNames.ContentEncoding))
        {
            if (encoding.Equals(Identity, StringComparison.OrdinalIgnoreCase))
                continue;
            request.HttpContext.Response.Headers.AcceptEncoding = Identity;
            return new Refusal(ApiCodes.UnsupportedMediaType, $"Bodies with Content-Encoding {FaultText.Shortened(encoding)} are not read; send the body as it is.");
        }

        return null;
    }
}

/// <summary>The media type of a request's body.</summary>
internal static class MediaTypes
{
    private const string JsonHeader = "-H 'Content-Type: application/json'";

    public const string Form = "application/x-www-form-urlencoded";
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";

    /// <summary>The media type without parameters, if it is one of these and in UTF-8.</summary>
    public static string? Read(HttpRequest request, params ReadOnlySpan<string> taken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return null;
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
            return null;
        foreach (var one in taken)
        {
            if (type.MediaType.Equals(one, StringComparison.OrdinalIgnoreCase))
                return one;
        }
        return null;
    }

    /// <summary>curl -d sends a form, and -F multipart, unless a header says otherwise.</summary>
    public static Refusal Unsupported(HttpRequest request, string taken)
    {
        var given = request.ContentType ?? "";
        var hint = given.Length == 0 || given.StartsWith(Form, StringComparison.OrdinalIgnoreCase) ? $" Add {JsonHeader}."
            : given.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) ? " Multipart is not read; with curl use -d instead of -F."
            : "";
        return new(
            ApiCodes.UnsupportedMediaType,
            $"The body must be {taken} in UTF-8, not {(given.Length == 0 ? "without a media type" : FaultText.Shortened(given))}.{hint}");
    }

    /// <summary>A JSON body that came as a form: curl -d without a header.</summary>
    public static Refusal? JsonAsForm(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]
        ? new Refusal(ApiCodes.UnsupportedMediaType, $"The body is JSON, but was sent as a form ({Form}). Add {JsonHeader}.")
        : null;
}
