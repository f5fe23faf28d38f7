using Gateway.Api.Hosting;
using Gateway.Core.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Support;

/// <summary>A whole gateway on a free port of loopback, following a cluster that the test owns. Several may run beside each other.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayUnderTest(WebApplication app)
    {
        _app = app;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address), Timeout = Patience.Limit };
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public RegistryState State => _app.Services.GetRequiredService<RegistryState>();

    /// <param name="cluster">Where the (emulated) API server listens.</param>
    /// <param name="settings">Configuration, <c>Section:Key</c>.</param>
    /// <param name="logs">Hears everything that is logged.</param>
    /// <param name="time">The gateway's time; the real one where none is given.</param>
    /// <param name="adjust">Changes the builder once more, last.</param>
    /// <param name="map">Maps further routes.</param>
    /// <param name="environment">Development lets an unauthenticated caller act for any pod.</param>
    public static async Task<GatewayUnderTest> StartAsync(
        Uri cluster, IEnumerable<KeyValuePair<string, string?>>? settings = null, ILoggerProvider? logs = null,
        string environment = "Development", bool synced = true, TimeProvider? time = null, Action<WebApplicationBuilder>? adjust = null,
        Action<WebApplication>? map = null)
    {
        var app = GatewayApplication.Build(["--environment", environment], builder =>
        {
            if (time is not null)
                builder.Services.AddSingleton(time);
            builder.Logging.ClearProviders();
            if (logs is not null)
                builder.Logging.AddProvider(logs);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = $"http://127.0.0.1:{LoopbackPort.Free()}",
                ["Kubernetes:Mode"] = "Emulated",
                ["Emulator:Start"] = "false",
                ["Emulator:AllowOutsideDevelopment"] = "true",
                ["Emulator:Url"] = cluster.ToString(),
            });
            builder.Configuration.AddInMemoryCollection(settings ?? []);
            adjust?.Invoke(builder);
        });
        map?.Invoke(app);
        await app.StartAsync();
        var gateway = new GatewayUnderTest(app);
        if (synced)
            (await gateway.State.WaitForSyncAsync(Patience.Limit)).ShouldNotBeNull();
        return gateway;
    }

    /// <summary>As SIGTERM: not ready, goaway, finish what is in flight.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
