using Gateway.Api.Errors;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary><c>X-HTTP-Method-Override</c> on a POST, for HTTP stacks that cannot send PUT, PATCH or DELETE. Runs before routing.</summary>
public sealed class MethodOverride(RequestDelegate next)
{
    public const string Header = "X-HTTP-Method-Override";

    public Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.Headers.TryGetValue(Header, out var values))
            return next(context);
        var method = values.ToString().ToUpperInvariant();
        if (method is not ("PUT" or "PATCH" or "DELETE" or "POST"))
        {
            var faults = new FaultList();
            faults.AtParameter(Header, FaultCodes.InvalidValue, $"{Header} must be PUT, PATCH or DELETE.");
            return ProblemAnswer.WriteAsync(context, faults.ToRefusal());
        }
        context.Request.Method = method;
        return next(context);
    }
}
