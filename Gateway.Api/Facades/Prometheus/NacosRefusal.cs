using System.Globalization;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Results;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>Answers as Nacos' Prometheus endpoint refuses: code, message, data.</summary>
internal static class NacosRefusal
{
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var status = ProblemStatus.StatusOf(refusal.Code);
        var code = status switch
        {
            StatusCodes.Status400BadRequest => 10000,
            StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => 10001,
            StatusCodes.Status404NotFound => 20004,
            StatusCodes.Status422UnprocessableEntity => 22001,
            _ => 30000,
        };
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Basic realm=\"nacos\"";
        if (ProblemAnswer.RetryAfterSeconds(refusal, status) is { } seconds)
            response.Headers[HeaderNames.RetryAfter] = seconds.ToString(CultureInfo.InvariantCulture);
        return JsonAnswer.WriteAsync(
            context,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("code"u8, code);
                writer.WriteString("message"u8, refusal.Detail);
                writer.WriteNull("data"u8);
                writer.WriteEndObject();
            },
            status);
    }
}
