using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Tracing;

/// <summary>
/// An OTLP collector on loopback, for http/protobuf or for gRPC. Exporters write what it has received; the test reads it. Several gateways of one process share
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

    /// <summary>Paths of requests that bring no traces.</summary>
    public ConcurrentQueue<string> Others { get; } = new();

    public static async Task<TraceCollector> StartAsync(bool grpc = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new TraceCollector(app);
        app.MapFallback(context =>
        {
            collector.Others.Enqueue(context.Request.Path);
            return Task.CompletedTask;
        });
        app.MapPost("/v1/traces", collector.TakeAsync);
        app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", collector.TakeByGrpcAsync);
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
        Take(await ReadAsync(context.Request));
    }

    private async Task TakeByGrpcAsync(HttpContext context)
    {
        // A frame: whether it is compressed, its length in four bytes, the message.
        var framed = await ReadAsync(context.Request);
        framed[0].ShouldBe((byte)0);
        Take(framed[5..]);
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[5]);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private void Take(byte[] message)
    {
        var (spans, resource) = SpanReader.Read(message);
        Resource = resource;
        _arriving.Writer.TryWrite(spans);
    }
}
