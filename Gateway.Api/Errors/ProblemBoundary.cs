using Gateway.Core.Refusals;

namespace Gateway.Api.Errors;

/// <summary>
/// The outermost step of every request: whatever leaves without a body of its own - no such route, a wrong method, a broken request, a bug of
/// ours - leaves as a problem document.
/// </summary>
public sealed partial class ProblemBoundary(RequestDelegate next, ILogger<ProblemBoundary> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            return; // The caller has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ProblemAnswer.WriteAsync(context, RefusalOf(e));
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogBug(logger, e, context.Request.Method, context.Request.Path);
            context.Response.Headers.Clear();
            await ProblemAnswer.WriteAsync(context, new Refusal(ApiCodes.InternalError, "The gateway failed on this request; its log says why."));
            return;
        }
        if (IsBare(context.Response) && RefusalOf(context) is { } refusal)
            await ProblemAnswer.WriteAsync(context, refusal);
    }

    private static bool IsBare(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null };

    private static Refusal RefusalOf(BadHttpRequestException e) => e.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? new Refusal(RefusalCodes.BodyTooLarge, "The body is longer than 1 MiB.")
        : new Refusal(ApiCodes.BadRequest, e.Message);

    private static Refusal? RefusalOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new Refusal(RefusalCodes.NotFound, $"There is nothing at {context.Request.Path}."),
        StatusCodes.Status405MethodNotAllowed => new Refusal(
            ApiCodes.MethodNotAllowed, $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}."),
        StatusCodes.Status415UnsupportedMediaType => new Refusal(ApiCodes.UnsupportedMediaType, "This media type is not taken here."),
        StatusCodes.Status400BadRequest => new Refusal(ApiCodes.BadRequest, "The request cannot be read."),
        _ => null,
    };

    [LoggerMessage(1800, LogLevel.Error, "{Method} {Path} failed by a bug; it was answered with 500")]
    private static partial void LogBug(ILogger logger, Exception exception, string method, PathString path);
}
