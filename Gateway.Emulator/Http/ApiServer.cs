using Gateway.Emulator.Authentication;
using Gateway.Emulator.Authorization;
using Gateway.Emulator.Discovery;
using Gateway.Emulator.Failures;
using Gateway.Emulator.FaultInjection;
using Gateway.Emulator.Reviews;

namespace Gateway.Emulator.Http;

/// <summary>Handles a request: armed faults first, then authentication, authorization, and the verb.</summary>
internal sealed partial class ApiServer(EmulatedCluster cluster, ILogger<ApiServer> logger)
{
    private readonly Authenticator _authenticator = new(cluster.Options, cluster.Tokens);
    private readonly VerbTable _verbs = new(cluster);
    private readonly ReviewVerb _reviews = new(cluster);

    public async Task HandleAsync(HttpContext context)
    {
        var observed = new ObservedRequest(
            context.Request.Method, context.Request.Path.Value ?? "/", context.Request.QueryString.Value ?? "", context.Request.Headers.UserAgent.ToString())
        {
            Accept = context.Request.Headers.Accept.ToString(),
        };
        var number = cluster.Requests.Arrived(observed);
        if (!cluster.Options.Protobuf)
            Negotiation.HideProtobuf(context.Request);
        context.Response.OnStarting(() =>
        {
            cluster.Requests.Answered(number, context.Response.StatusCode);
            return Task.CompletedTask;
        });
        var connection = cluster.Faults.Connections.Add(observed, context.Abort);
        var isCounted = false;
        try
        {
            if (cluster.Faults.TryEnter(observed, out isCounted))
                await ServeAsync(context, observed);
            else
                await PreparedAnswers.WriteAsync(context, new PreparedAnswer(429, 1, null));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away, or a fault aborted the connection.
        }
        finally
        {
            cluster.Faults.Connections.Remove(connection);
            if (isCounted)
                cluster.Faults.Leave();
        }
    }

    private async Task ServeAsync(HttpContext context, ObservedRequest observed)
    {
        if (cluster.Faults.Refuses(observed))
        {
            context.Abort();
            return;
        }
        await cluster.Faults.HoldAsync(observed, context.RequestAborted);
        await cluster.Faults.RunBeforeAsync(observed);
        var lost = observed.IsWrite && cluster.Faults.Loses(observed);
        if (lost)
            context.Response.Body = Stream.Null;
        try
        {
            if (cluster.Faults.AnswerFor(observed) is { } prepared)
                await PreparedAnswers.WriteAsync(context, prepared);
            else
                await RouteAsync(context, observed);
        }
        catch (ApiFailure failure) when (!context.Response.HasStarted)
        {
            await Answers.WriteAsync(context, failure);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure, observed.Method, observed.Path);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await Answers.WriteAsync(context, ApiFailure.Internal(failure.Message));
        }
        if (lost)
            context.Abort();
    }

    private Task RouteAsync(HttpContext context, ObservedRequest observed)
    {
        var user = _authenticator.Identify(context.Request);
        if (ReviewPath.Find(observed.Path) is { } review)
        {
            if (observed.Method != "POST")
                throw ApiFailure.MethodNotAllowed();
            Authorize(new AccessRequest(user, "create", review.Group, review.Plural, "", ""));
            return _reviews.HandleAsync(context, review, user);
        }
        if (ResourcePath.TryParse(observed.Path) is not { } path)
        {
            Authorize(new AccessRequest(user, observed.Method.ToLowerInvariant(), "", "", "", "", observed.Path));
            return DiscoveryVerb.HandleAsync(context, observed.Path);
        }
        var request = new ApiRequest(context, observed, path, user, cluster.ServerAt(context.Connection.LocalPort));
        var resource = path.Subresource.Length == 0 ? path.Kind.Plural : $"{path.Kind.Plural}/{path.Subresource}";
        Authorize(new AccessRequest(user, request.Verb, path.Kind.Group, resource, path.Namespace, NameFor(request)));
        return _verbs.HandleAsync(request);
    }

    // A role may grant a list or watch of one name by that name.
    private static string NameFor(ApiRequest request)
    {
        const string Selector = "metadata.name=";
        if (request.Path.Name.Length > 0 || request.Verb is not ("list" or "watch"))
            return request.Path.Name;
        var fields = request.Query("fieldSelector") ?? "";
        return fields.StartsWith(Selector, StringComparison.Ordinal) && !fields.Contains(',') ? fields[Selector.Length..] : "";
    }

    private void Authorize(AccessRequest request)
    {
        if (!cluster.Allows(request))
            throw Forbidden.For(request);
    }

    [LoggerMessage(2000, LogLevel.Error, "{Method} {Path} failed inside the emulated API server; it was answered with 500")]
    private partial void LogFailed(Exception failure, string method, string path);
}
