using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Api.Operations;

/// <summary>
/// Counts the calls of HTTP, those that run and how long they took, by the labels of .NET's own metrics of hosting, which are off: recorded one by one they
/// cost a fifth of a lookup. Written by every call on any thread, in cells of the processor that it runs on; read by scrapes.
/// </summary>
internal sealed class HttpCalls(TimeProvider time)
{
    /// <summary>Combinations of labels that are kept; the calls of any other are counted together.</summary>
    internal const int MaxSeries = 2_000;

    // The methods that .NET names in metrics; any other is counted as the last one.
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "_OTHER"];

    private readonly ConcurrentDictionary<EndpointKey, HttpCallSeries> _byEndpoint = new();
    private readonly ConcurrentDictionary<HttpCallLabels, HttpCallSeries> _series = new();
    private readonly ShardedCells _active = new(Methods.Length * 2);
    private readonly bool[] _called = new bool[Methods.Length * 2];
    private int _count;

    internal IEnumerable<HttpCallSeries> Series => _series.Values;

    /// <summary>How many calls run now, of each method and scheme that was called; the cells are not read at one moment, so a call may be missing that begins or ends.</summary>
    internal IEnumerable<(string Method, string Scheme, long Calls)> Active =>
        from cell in Enumerable.Range(0, Methods.Length * 2)
        where Volatile.Read(ref _called[cell])
        select (Methods[cell / 2], cell % 2 == 0 ? "http" : "https", Math.Max(0, _active.Sum(cell)));

    /// <summary>What <see cref="End"/> is given.</summary>
    public HttpCall Begin(HttpContext context)
    {
        var request = context.Request;
        var cell = (MethodOf(request.Method) * 2) + (request.IsHttps ? 1 : 0);
        if (!_called[cell])
            Volatile.Write(ref _called[cell], true);
        _active.Add(cell, 1);
        return new HttpCall(cell, time.GetTimestamp());
    }

    public void End(HttpContext context, in HttpCall call, Exception? failure = null)
    {
        var ticks = time.GetTimestamp() - call.Started;
        _active.Add(call.Cell, -1);
        SeriesOf(context, call.Cell, failure).Record(ticks);
    }

    private HttpCallSeries SeriesOf(HttpContext context, int cell, Exception? failure)
    {
        var endpoint = context.GetEndpoint();
        // Those that refuse a method are not routes, and may be made for a call.
        if (failure is not null || endpoint is not RouteEndpoint)
            return SeriesOf(LabelsOf(context, endpoint, cell, failure));
        var key = new EndpointKey(endpoint, context.Response.StatusCode, cell, context.Request.Protocol);
        if (_byEndpoint.TryGetValue(key, out var series))
            return series;
        series = SeriesOf(LabelsOf(context, endpoint, cell, null));
        if (series.Labels != HttpCallLabels.Overflow)
            _byEndpoint[key] = series;
        return series;
    }

    private HttpCallSeries SeriesOf(HttpCallLabels labels)
    {
        if (_series.TryGetValue(labels, out var series))
            return series;
        if (Volatile.Read(ref _count) >= MaxSeries || Interlocked.Increment(ref _count) > MaxSeries)
            labels = HttpCallLabels.Overflow;
        return _series.GetOrAdd(labels, static (made, time) => new HttpCallSeries(made, time.TimestampFrequency), time);
    }

    private static HttpCallLabels LabelsOf(HttpContext context, Endpoint? endpoint, int cell, Exception? failure) => new(
        Methods[cell / 2], cell % 2 == 0 ? "http" : "https", VersionOf(context.Request.Protocol), context.Response.StatusCode)
    {
        Route = endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route ? (route.Length == 0 ? "/" : route) : null,
        Error = failure?.GetType().FullName,
        // So the platform marks what no endpoint took.
        IsUnhandled = endpoint is null && context.Items.ContainsKey("__RequestUnhandled"),
    };

    private static int MethodOf(string method) => method switch
    {
        "GET" => 0,
        "POST" => 1,
        "PUT" => 2,
        "DELETE" => 3,
        "PATCH" => 4,
        "HEAD" => 5,
        "OPTIONS" => 6,
        "TRACE" => 7,
        "CONNECT" => 8,
        _ => 9,
    };

    private static string VersionOf(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1",
        "HTTP/2" => "2",
        "HTTP/3" => "3",
        "HTTP/1.0" => "1.0",
        _ => "",
    };

    private readonly record struct EndpointKey(Endpoint Endpoint, int Status, int Cell, string Protocol)
    {
        public bool Equals(EndpointKey other) =>
            ReferenceEquals(Endpoint, other.Endpoint) && Status == other.Status && Cell == other.Cell && Protocol == other.Protocol;

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Endpoint) + (((Status * 32) + Cell) * 16) + Protocol.Length;
    }
}

/// <summary>A call that runs.</summary>
/// <param name="Cell">Its method and scheme.</param>
/// <param name="Started">A timestamp.</param>
internal readonly record struct HttpCall(int Cell, long Started);

/// <summary>What calls are counted by.</summary>
internal readonly record struct HttpCallLabels(string Method, string Scheme, string Version, int Status)
{
    /// <summary>Of all calls for whose labels there is no room.</summary>
    public static readonly HttpCallLabels Overflow;

    public string? Route { get; init; }

    /// <summary>The type of an exception that nothing took.</summary>
    public string? Error { get; init; }

    public bool IsUnhandled { get; init; }
}

/// <summary>The outermost step of every request: it is counted.</summary>
internal sealed class HttpCallCounter(RequestDelegate next, HttpCalls calls)
{
    public Task InvokeAsync(HttpContext context)
    {
        var call = calls.Begin(context);
        Task answer;
        try
        {
            answer = next(context);
        }
        catch (Exception failure)
        {
            calls.End(context, call, failure);
            throw;
        }

        // Most calls are answered by now.
        if (!answer.IsCompletedSuccessfully)
            return FinishAsync(context, call, answer);
        calls.End(context, call);
        return answer;
    }

    private async Task FinishAsync(HttpContext context, HttpCall call, Task answer)
    {
        Exception? failed = null;
        try
        {
            await answer;
        }
        catch (Exception failure)
        {
            failed = failure;
            throw;
        }
        finally
        {
            calls.End(context, call, failed);
        }
    }
}
