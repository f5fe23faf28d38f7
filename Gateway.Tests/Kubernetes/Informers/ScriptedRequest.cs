using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>A request that has come in and waits for the test to answer it.</summary>
public sealed class ScriptedRequest(HttpContext context, string body)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _dropped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Method { get; } = context.Request.Method;
    public string Path { get; } = context.Request.Path;
    public string Body { get; } = body;

    public RequestKind Kind { get; } = context.Request switch
    {
        { Method: not "GET" } => RequestKind.Other,
        { Query: var query } when query.ContainsKey("watch") => RequestKind.Watch,
        { Query: var query } when query["fieldSelector"] == "metadata.name=none" => RequestKind.Probe,
        _ => RequestKind.List,
    };

    private IReadOnlyDictionary<string, string> Members { get; } =
        context.Request.Query.ToDictionary(static member => member.Key, static member => member.Value.ToString());

    private IReadOnlyDictionary<string, string> Headers { get; } =
        context.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>A member of the query; null when it is not there.</summary>
    public string? Query(string name) => Members.GetValueOrDefault(name);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Answers whole.</summary>
    public async Task AnswerAsync(int status, string json, params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
            context.Response.Headers[name] = value;
        await context.Response.WriteAsync(json).Within();
        _done.TrySetResult();
    }

    /// <summary>Answers whole, with bytes.</summary>
    public async Task AnswerAsync(int status, byte[] body, string mediaType)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        await context.Response.Body.WriteAsync(body).AsTask().Within();
        _done.TrySetResult();
    }

    /// <summary>Begins a watch or a long answer: the head goes out, and nothing else.</summary>
    public async Task OpenAsync(int status = 200, string mediaType = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        await context.Response.StartAsync().Within();
        await context.Response.Body.FlushAsync().Within();
    }

    /// <summary>Sends a piece of the body at once.</summary>
    public async Task SendAsync(string text)
    {
        await context.Response.WriteAsync(text).Within();
        await context.Response.Body.FlushAsync().Within();
    }

    /// <summary>Sends a piece of the body at once.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes).AsTask().Within();
        await context.Response.Body.FlushAsync().Within();
    }

    /// <summary>Ends the answer in good order.</summary>
    public void End() => _done.TrySetResult();

    /// <summary>Breaks the connection.</summary>
    public void Cut()
    {
        context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        _done.TrySetResult();
    }

    /// <summary>Completes when the client drops the connection.</summary>
    public Task WaitUntilDroppedAsync() => _dropped.Task.Within();

    internal async Task ServeAsync()
    {
        await using var registration = context.RequestAborted.Register(() =>
        {
            _dropped.TrySetResult();
            _done.TrySetResult();
        });
        await _done.Task;
    }
}
