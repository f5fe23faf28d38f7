using System.Buffers;
using System.Globalization;
using Gateway.Core.Refusals;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Errors;

/// <summary>Answers a request with a problem document.</summary>
public static class ProblemAnswer
{
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        var body = new ArrayBufferWriter<byte>();
        ProblemJson.Write(body, refusal);
        response.StatusCode = ProblemKinds.StatusOf(refusal.Code);
        response.ContentType = ProblemJson.MediaType;
        response.ContentLength = body.WrittenCount;
        response.Headers.CacheControl = "no-store";
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (RetryAfterSeconds(refusal, response.StatusCode) is { } seconds)
            response.Headers[HeaderNames.RetryAfter] = seconds.ToString(CultureInfo.InvariantCulture);
        return response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>429 and 503 always carry Retry-After; where the refusal names no time, a second is a fair guess.</summary>
    private static long? RetryAfterSeconds(Refusal refusal, int status)
    {
        if (refusal.RetryAfter is { } wait)
            return Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
        return status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable ? 1 : null;
    }
}
