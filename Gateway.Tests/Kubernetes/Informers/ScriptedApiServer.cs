using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>
/// An API server on loopback that does nothing by itself: each request waits until the test takes it and answers it. Probes may be answered
/// as they come.
/// </summary>
public sealed class ScriptedApiServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ScriptedRequest> _pending = [];
    private readonly List<(Func<ScriptedRequest, bool> Wanted, TaskCompletionSource<ScriptedRequest> Taken)> _takers = [];
    private readonly WebApplication _app;

    private ScriptedApiServer(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Every request that came in, in order.</summary>
    public List<ScriptedRequest> Received { get; } = [];

    public static async Task<ScriptedApiServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedApiServer(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var request = new ScriptedRequest(context, await reader.ReadToEndAsync());
            server.Offer(request);
            await request.ServeAsync();
        });
        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>Takes the next request of a kind, waiting for it where it has not come yet.</summary>
    public Task<ScriptedRequest> NextAsync(RequestKind kind) => NextAsync(request => request.Kind == kind);

    /// <summary>Takes the next request, whatever it is.</summary>
    public Task<ScriptedRequest> NextAsync() => NextAsync(static _ => true);

    /// <summary>How many requests of a kind have come in so far.</summary>
    public int Count(RequestKind kind)
    {
        lock (_gate)
        {
            return Received.Count(request => request.Kind == kind);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            Received.ForEach(static request => request.End());
        }

        using var impatient = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(impatient.Token);
        await _app.DisposeAsync();
    }

    private Task<ScriptedRequest> NextAsync(Func<ScriptedRequest, bool> wanted)
    {
        lock (_gate)
        {
            if (_pending.Find(request => wanted(request)) is { } waiting)
            {
                _pending.Remove(waiting);
                return Task.FromResult(waiting);
            }

            var taken = new TaskCompletionSource<ScriptedRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
            _takers.Add((wanted, taken));
            return taken.Task.Within();
        }
    }

    private void Offer(ScriptedRequest request)
    {
        lock (_gate)
        {
            Received.Add(request);
            var taker = _takers.FindIndex(candidate => candidate.Wanted(request));
            if (taker < 0)
            {
                _pending.Add(request);
                return;
            }

            var taken = _takers[taker].Taken;
            _takers.RemoveAt(taker);
            taken.SetResult(request);
        }
    }
}
