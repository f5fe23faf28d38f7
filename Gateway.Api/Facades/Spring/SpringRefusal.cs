using System.Globalization;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Facades.Spring;

/// <summary>Answers with Spring Boot's error document: timestamp, path, status, error; the reason is its message.</summary>
internal static class SpringRefusal
{
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var status = ProblemStatus.StatusOf(refusal.Code);
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (ProblemAnswer.RetryAfterSeconds(refusal, status) is { } seconds)
            response.Headers[HeaderNames.RetryAfter] = seconds.ToString(CultureInfo.InvariantCulture);
        var at = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return JsonAnswer.WriteAsync(
            context,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("timestamp"u8, InstanceJson.Time(at));
                writer.WriteString("path"u8, context.Request.Path.Value);
                writer.WriteNumber("status"u8, status);
                writer.WriteString("error"u8, ReasonPhrases.GetReasonPhrase(status));
                writer.WriteString("message"u8, refusal.Detail);
                writer.WriteEndObject();
            },
            status);
    }
}
