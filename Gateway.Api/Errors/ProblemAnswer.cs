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

    /// <summary>
    /// 429 and 503 always carry Retry-After; where the refusal names no time, a second is a fair guess. Never less than it names, and up to half
    /// as much again, at least two seconds, so that those who were refused together do not come back together.
    /// </summary>
    private static long? RetryAfterSeconds(Refusal refusal, int status)
    {
        if (refusal.RetryAfter is null && status is not (StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable))
            return null;
        var least = Math.Max(1, (long)Math.Ceiling((refusal.RetryAfter ?? TimeSpan.Zero).TotalSeconds));
        return least + Random.Shared.NextInt64(Math.Max(2, least / 2) + 1);
    }
}
