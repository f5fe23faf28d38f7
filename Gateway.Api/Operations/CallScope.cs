using System.Collections;
using System.Diagnostics;

namespace Gateway.Api.Operations;

/// <summary>
/// Gives the log lines of a call the trace of its caller (W3C <c>traceparent</c>), its id and its path. Hosting would do so for every request, also for lookups,
/// which log nothing; so its own logger is off (appsettings.json). Where spans are exported, hosting has begun the trace.
/// </summary>
internal sealed class CallScope(RequestDelegate next, ILogger<CallScope> logger)
{
    // As hosting names it.
    private const string Name = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    public async Task InvokeAsync(HttpContext context)
    {
        using var activity = Activity.Current is null ? Begin(context.Request) : null;
        using var scope = logger.BeginScope(new Members(context.TraceIdentifier, context.Request.Path.Value ?? ""));
        await next(context);
    }

    private static Activity Begin(HttpRequest request)
    {
        var activity = new Activity(Name);
        DistributedContextPropagator.Current.ExtractTraceIdAndState(request.Headers, Read, out var parent, out var state);
        if (!string.IsNullOrEmpty(parent))
        {
            activity.SetParentId(parent);
            if (!string.IsNullOrEmpty(state))
                activity.TraceStateString = state;
        }

        return activity.Start();
    }

    private static void Read(object? headers, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)headers!)[name];
    }

    private sealed class Members(string id, string path) : IReadOnlyList<KeyValuePair<string, object>>
    {
        public int Count => 2;

        public KeyValuePair<string, object> this[int index] => index switch
        {
            0 => new("RequestId", id),
            1 => new("RequestPath", path),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object>> GetEnumerator()
        {
            yield return this[0];
            yield return this[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"RequestPath:{path} RequestId:{id}";
    }
}
