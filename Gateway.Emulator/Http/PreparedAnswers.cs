using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.FaultInjection;

namespace Gateway.Emulator.Http;

/// <summary>Writes an answer that a test has prepared; without a body, the Status that a real server sends with that code.</summary>
internal static class PreparedAnswers
{
    public static Task WriteAsync(HttpContext context, PreparedAnswer answer)
    {
        if (answer.Body is null)
            return Answers.WriteAsync(context, FailureOf(answer));
        if (answer.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Answers.WriteAsync(context, answer.Status, Encoding.UTF8.GetBytes(answer.Body));
    }

    private static ApiFailure FailureOf(PreparedAnswer answer)
    {
        var (reason, message) = answer.Status switch
        {
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden"),
            404 => ("NotFound", "the server could not find the requested resource"),
            409 => ("Conflict", "the object has been modified; please apply your changes to the latest version and try again"),
            410 => ("Expired", "The resourceVersion for the provided list is too old."),
            429 => ("TooManyRequests", "Too many requests, please try again later."),
            500 => ("InternalError", "Internal error occurred"),
            503 => ("ServiceUnavailable", "apiserver not ready"),
            504 => ("Timeout", "Timeout: request did not complete within the allotted timeout"),
            _ => ("Unknown", "unknown"),
        };
        var details = answer.RetryAfter is { } seconds ? new JsonObject { ["retryAfterSeconds"] = seconds } : null;
        return new ApiFailure(answer.Status, reason, message, details, answer.RetryAfter);
    }
}
