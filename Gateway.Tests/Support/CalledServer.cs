using System.IO.Pipelines;
using Gateway.Api.Endpoints;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Tests.Support;

/// <summary>
/// A server without sockets: a call runs the whole pipeline of its host, hosting included, on the caller's thread, and what belongs to a connection is
/// kept from call to call as Kestrel keeps it. So what one call allocates can be counted to the byte.
/// </summary>
internal sealed class CalledServer : IServer
{
    private Func<Call, Task>? _run;

    public CalledServer() => Features.Set<IServerAddressesFeature>(new Addressed());

    public IFeatureCollection Features { get; } = new FeatureCollection();

    private Func<Call> Make { get; set; } = null!;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        Make = static () => new Call<TContext>();
        _run = call => ((Call<TContext>)call).RunAsync(application);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    /// <summary>A connection on which the same request is sent again and again.</summary>
    public Call Open(string target, params (string Name, string Value)[] headers)
    {
        var call = Make();
        call.Ask("GET", target, headers);
        return call;
    }

    public void Send(Call call)
    {
        var run = _run!(call);
        run.IsCompletedSuccessfully.ShouldBeTrue("it is answered at once");
    }

    /// <summary>A call that may wait, for what is cached by the next.</summary>
    public Task SendAsync(Call call) => _run!(call);

    /// <summary>The bytes that one call allocates, once everything that is cached is.</summary>
    public double AllocatedPerCall(Call call)
    {
        const int Calls = 500;
        for (var i = 0; i < Calls; i++)
            Send(call);
        // Code that is compiled again meanwhile may allocate once.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
                _run!(call);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Calls;
        });
    }

    private sealed class Addressed : IServerAddressesFeature
    {
        public ICollection<string> Addresses { get; } = ["http://127.0.0.1:1"];

        public bool PreferHostingUrls { get; set; }
    }

    /// <summary>What Kestrel keeps for a connection, as the features of each request.</summary>
    internal abstract class Call : FeatureCollection, IHttpRequestFeature, IHttpResponseFeature, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature,
        IHttpConnectionFeature, IHttpRequestIdentifierFeature, IEndpointFeature, IRouteValuesFeature, IHttpRequestBodyDetectionFeature
    {
        private readonly List<(Func<object, Task> Callback, object State)> _onStarting = [];
        private readonly Output _output;
        private RouteValueDictionary? _routeValues;

        protected Call()
        {
            _output = new Output(this);
            Set<IHttpRequestFeature>(this);
            Set<IHttpResponseFeature>(this);
            Set<IHttpResponseBodyFeature>(this);
            Set<IHttpRequestLifetimeFeature>(this);
            Set<IHttpConnectionFeature>(this);
            Set<IHttpRequestIdentifierFeature>(this);
            Set<IEndpointFeature>(this);
            Set<IRouteValuesFeature>(this);
            Set<IHttpRequestBodyDetectionFeature>(this);
        }

        public string Protocol { get; set; } = "HTTP/1.1";
        public string Scheme { get; set; } = "http";
        public string Method { get; set; } = "GET";
        public string PathBase { get; set; } = "";
        public string Path { get; set; } = "/";
        public string QueryString { get; set; } = "";
        public string RawTarget { get; set; } = "/";
        IHeaderDictionary IHttpRequestFeature.Headers { get; set; } = new HeaderDictionary { ["Host"] = "localhost:8080" };
        Stream IHttpRequestFeature.Body { get; set; } = Stream.Null;
        public bool CanHaveBody => false;

        public int StatusCode { get; set; } = 200;
        public string? ReasonPhrase { get; set; }
        IHeaderDictionary IHttpResponseFeature.Headers { get; set; } = new HeaderDictionary();
        Stream IHttpResponseFeature.Body { get; set; } = Stream.Null;
        public bool HasStarted { get; private set; }
        public Stream Stream => _output.AsStream();
        public PipeWriter Writer => _output;

        public CancellationToken RequestAborted { get; set; }
        public string ConnectionId { get; set; } = "1";
        public System.Net.IPAddress? RemoteIpAddress { get; set; } = System.Net.IPAddress.Loopback;
        public System.Net.IPAddress? LocalIpAddress { get; set; } = System.Net.IPAddress.Loopback;
        public int RemotePort { get; set; } = 1;
        public int LocalPort { get; set; } = 1;
        public string TraceIdentifier { get; set; } = "1:1";
        public Endpoint? Endpoint { get; set; }

        public RouteValueDictionary RouteValues
        {
            get => _routeValues ??= [];
            set => _routeValues = value;
        }

        public IHeaderDictionary AnswerHeaders => ((IHttpResponseFeature)this).Headers;

        /// <summary>The body of the last answer.</summary>
        public ReadOnlySpan<byte> Body => _output.Written;

        /// <summary>The route that the last answer is counted for.</summary>
        public string? Route { get; private set; }

        public void Ask(string method, string target, params (string Name, string Value)[] headers)
        {
            var query = target.IndexOf('?', StringComparison.Ordinal);
            (Method, RawTarget) = (method, target);
            (Path, QueryString) = query < 0 ? (target, "") : (target[..query], target[query..]);
            foreach (var (name, value) in headers)
                ((IHttpRequestFeature)this).Headers[name] = value;
        }

        public void OnStarting(Func<object, Task> callback, object state) => _onStarting.Add((callback, state));

        public void OnCompleted(Func<object, Task> callback, object state) => throw new NotSupportedException();

        public void Abort() => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default)
        {
            Begin();
            return Task.CompletedTask;
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        protected void Reset()
        {
            ((IHttpResponseFeature)this).Headers.Clear();
            _onStarting.Clear();
            _output.Clear();
            // It belongs to the request, not to the connection.
            Set<IdentifiedCaller>(null);
            (StatusCode, HasStarted, Endpoint, _routeValues) = (200, false, null, null);
        }

        protected void End()
        {
            Begin();
            Route = (Endpoint as RouteEndpoint)?.RoutePattern.RawText;
        }

        private void Begin()
        {
            if (HasStarted)
                return;
            HasStarted = true;
            foreach (var (callback, state) in _onStarting)
                callback(state).IsCompletedSuccessfully.ShouldBeTrue();
        }

        private sealed class Output(Call call) : PipeWriter
        {
            private readonly byte[] _bytes = new byte[1024 * 1024];
            private Stream? _stream;
            private int _length;

            public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

            public override bool CanGetUnflushedBytes => false;

            public void Clear() => _length = 0;

            public override Stream AsStream(bool leaveOpen = false) => _stream ??= base.AsStream(leaveOpen);

            public override void Advance(int bytes) => _length += bytes;

            public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_length);

            public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_length);

            public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
            {
                call.Begin();
                return default;
            }

            public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
            {
                source.Span.CopyTo(GetSpan());
                Advance(source.Length);
                return FlushAsync(cancellationToken);
            }

            public override void CancelPendingFlush() => throw new NotSupportedException();

            public override void Complete(Exception? exception = null)
            {
            }
        }
    }

    private sealed class Call<TContext> : Call, IHostContextContainer<TContext>
        where TContext : notnull
    {
        public TContext? HostContext { get; set; }

        public Task RunAsync(IHttpApplication<TContext> application)
        {
            Reset();
            var context = application.CreateContext(this);
            var run = application.ProcessRequestAsync(context);
            if (!run.IsCompleted)
                return FinishAsync(application, context, run);
            End();
            application.DisposeContext(context, null);
            return run;
        }

        private async Task FinishAsync(IHttpApplication<TContext> application, TContext context, Task run)
        {
            await run;
            End();
            application.DisposeContext(context, null);
        }
    }
}
