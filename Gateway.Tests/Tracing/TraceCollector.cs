using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Tracing;

/// <summary>
/// An OTLP collector on loopback (http/protobuf). Exporters write what it has received; the test reads it. Several gateways of one process share
/// their sources, so spans of other tests come too: look for a trace id.
/// </summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<List<ReceivedSpan>> _arriving = Channel.CreateUnbounded<List<ReceivedSpan>>();
    private readonly List<ReceivedSpan> _spans = [];

    private TraceCollector(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    /// <summary>What the last request said of its sender.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; private set; } = new Dictionary<string, string>();

    public static async Task<TraceCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new TraceCollector(app);
        app.MapPost("/v1/traces", collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    /// <summary>The spans of one trace, as soon as they are as told.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> WaitForTraceAsync(string traceId, Func<IReadOnlyList<ReceivedSpan>, bool> isWhole)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var trace = _spans.Where(span => span.TraceId == traceId).ToList();
            if (isWhole(trace))
                return trace;
            try
            {
                _spans.AddRange(await _arriving.Reader.ReadAsync(deadline.Token));
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"The trace has only: {string.Join(", ", trace.Select(static span => span.Name))}");
            }
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        context.Request.ContentType.ShouldBe("application/x-protobuf");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var (spans, resource) = SpanReader.Read(body.ToArray());
        Resource = resource;
        _arriving.Writer.TryWrite(spans);
    }
}
