using Gateway.Emulator.Controllers;
using Gateway.Emulator.Demo;
using Gateway.Emulator.FaultInjection;
using Gateway.Emulator.Http;
using Gateway.Emulator.Playing;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Emulator;

/// <summary>
/// A running emulated Kubernetes cluster: an API server on a port of its own with everything behind it in memory. Hosted by the
/// emulator's own executable, by the gateway and by tests alike.
/// </summary>
public sealed class EmulatedCluster : IAsyncDisposable
{
    private readonly WebApplication _app;
    private ClusterControllers? _controllers;

    private EmulatedCluster(EmulatorOptions options, TimeProvider time, ILoggerFactory? log)
    {
        Options = options;
        Time = time;
        Storage = new ObjectStorage(options.HistoryLength);
        Faults = new Faults(Storage);
        Objects = new ObjectWriter(Storage, time);
        Player = new Player(Storage, Objects);
        var server = new ApiServer(this);
        _app = Build(options, log);
        _app.Run(server.HandleAsync);
    }

    public EmulatorOptions Options { get; }
    public TimeProvider Time { get; }

    /// <summary>Where the API server listens; known once it runs.</summary>
    public Uri Url { get; private set; } = null!;

    public ObjectStorage Storage { get; }

    /// <summary>Writes objects in process as a client of the API would: with defaults, uids and times.</summary>
    public ObjectWriter Objects { get; }

    /// <summary>Plays scheduler and kubelet, by itself (option <see cref="EmulatorOptions.Player"/>) and on demand.</summary>
    public Player Player { get; }

    public Faults Faults { get; }
    public RequestLog Requests { get; } = new();

    public static async Task<EmulatedCluster> StartAsync(
        EmulatorOptions options, TimeProvider? time = null, ILoggerFactory? log = null, CancellationToken cancellation = default)
    {
        var cluster = new EmulatedCluster(options, time ?? TimeProvider.System, log);
        cluster.Objects.CreateSystemNamespaces();
        await cluster.PopulateAsync(cancellation);
        await cluster._app.StartAsync(cancellation);
        var addresses = cluster._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        cluster.Url = new Uri(addresses.Addresses.First());
        return cluster;
    }

    /// <summary>Ends when the server has been told to stop, by a signal or by <see cref="DisposeAsync"/>.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation = default) => _app.WaitForShutdownAsync(cancellation);

    /// <summary>Ends when player and controllers have nothing left to do about anything that was stored before.</summary>
    public async Task SettleAsync(CancellationToken cancellation = default)
    {
        long version;
        do
        {
            version = Storage.Version;
            await Player.SettleAsync(cancellation);
            await (_controllers?.SettleAsync(cancellation) ?? Task.CompletedTask);
        }
        while (Storage.Version != version);
    }

    public async ValueTask DisposeAsync()
    {
        Faults.Connections.Abort(static _ => true);
        await _app.StopAsync();
        await _app.DisposeAsync();
        await (_controllers?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Player.DisposeAsync();
    }

    /// <summary>Before the first request: whoever connects finds what a cluster that has been running for a while shows.</summary>
    private async Task PopulateAsync(CancellationToken cancellation)
    {
        if (Options.Demo)
            DemoCluster.Fill(Objects, Player);
        if (Options.Player)
            Player.Start(Time, Options.DualStackPods);
        if (Options.Controllers)
            _controllers = new ClusterControllers(Storage, Objects);
        await SettleAsync(cancellation);
    }

    private static WebApplication Build(EmulatorOptions options, ILoggerFactory? log)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            // A real API server takes 3 MiB; annotations up to 256 KiB are refused by validation and not by the transport.
            kestrel.Limits.MaxRequestBodySize = 3 * 1024 * 1024;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Services.AddSingleton(log);
        return builder.Build();
    }
}
