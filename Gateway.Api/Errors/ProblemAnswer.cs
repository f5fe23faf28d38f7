using System.Buffers;
using System.Globalization;
using Gateway.Core.Results;
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
        response.StatusCode = ProblemStatus.StatusOf(refusal.Code);
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
    /// 429 and 503 always have Retry-After; one second where the refusal names no time. Added to it is a random
    /// time of up to half of it (up to two seconds if that is more), so that callers refused together do not retry together.
    /// </summary>
    internal static long? RetryAfterSeconds(Refusal refusal, int status)
    {
        if (refusal.RetryAfter is null && status is not (StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable))
            return null;
        var least = Math.Max(1, (long)Math.Ceiling((refusal.RetryAfter ?? TimeSpan.Zero).TotalSeconds));
        return least + Random.Shared.NextInt64(Math.Max(2, least / 2) + 1);
    }
}
