using Gateway.Core.Results;

namespace Gateway.Api.Errors;

/// <summary>
/// The outermost step of every request: an answer without a body of its own (no such route, a wrong method, a malformed request, a bug) is
/// sent as a problem document, or in the form of the protocol that is spoken at its path.
/// </summary>
public sealed partial class ProblemBoundary(RequestDelegate next, RefusalForms forms, ILogger<ProblemBoundary> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        Task answer;
        try
        {
            answer = next(context);
        }
        catch (Exception e)
        {
            answer = Task.FromException(e);
        }

        // Most calls are answered by now.
        return answer.IsCompletedSuccessfully && !IsBare(context.Response) ? Task.CompletedTask : FinishAsync(context, answer);
    }

    private async Task FinishAsync(HttpContext context, Task answer)
    {
        try
        {
            await answer;
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            return; // The caller has disconnected; no answer can be sent.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await forms.AnswerAsync(context, RefusalOf(e));
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogBug(logger, e, context.Request.Method, context.Request.Path);
            context.Response.Headers.Clear();
            await forms.AnswerAsync(context, new Refusal(ApiCodes.InternalError, "Internal error; the cause is in the gateway's log."));
            return;
        }
        if (IsBare(context.Response) && RefusalOf(context) is { } refusal)
            await forms.AnswerAsync(context, refusal);
    }

    private static bool IsBare(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null };

    private static Refusal RefusalOf(BadHttpRequestException e) => e.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? new Refusal(RefusalCodes.BodyTooLarge, "The body is longer than 1 MiB.")
        : new Refusal(ApiCodes.BadRequest, e.Message);

    private static Refusal? RefusalOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new Refusal(RefusalCodes.NotFound, $"No such path: {FaultText.Shortened(context.Request.Path)}.{PathHints.Of(context.Request.Path.Value ?? "")}"),
        StatusCodes.Status405MethodNotAllowed => new Refusal(
            ApiCodes.MethodNotAllowed, $"{context.Request.Path} allows {context.Response.Headers.Allow}, not {context.Request.Method}."),
        StatusCodes.Status415UnsupportedMediaType => new Refusal(ApiCodes.UnsupportedMediaType, "The media type of the body is not supported."),
        StatusCodes.Status400BadRequest => new Refusal(ApiCodes.BadRequest, "The request cannot be read."),
        _ => null,
    };

    [LoggerMessage(1800, LogLevel.Error, "{Method} {Path} failed because of a bug; it was answered with 500")]
    private static partial void LogBug(ILogger logger, Exception exception, string method, PathString path);
}
