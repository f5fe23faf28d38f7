using System.Text.Json.Nodes;
using Gateway.Emulator.Authentication;
using Gateway.Emulator.Authorization;
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
    private readonly RbacAuthorizer? _authorizer;
    private ClusterControllers? _controllers;

    private EmulatedCluster(EmulatorOptions options, TimeProvider time, ILoggerFactory? log)
    {
        Options = options;
        Time = time;
        Storage = new ObjectStorage(options.HistoryLength);
        Faults = new Faults(Storage);
        Objects = new ObjectWriter(Storage, time);
        Tokens = new TokenAuthority(Storage, time, options.Issuer);
        _authorizer = options.Authorization == AuthorizationMode.Rbac ? new RbacAuthorizer(Storage) : null;
        Player = new Player(Storage, Objects);
        _app = Build(options, log);
        var server = new ApiServer(this, _app.Services.GetRequiredService<ILogger<ApiServer>>());
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

    internal TokenAuthority Tokens { get; }

    public static async Task<EmulatedCluster> StartAsync(
        EmulatorOptions options, TimeProvider? time = null, ILoggerFactory? log = null, CancellationToken cancellation = default)
    {
        var cluster = new EmulatedCluster(options, time ?? TimeProvider.System, log);
        try
        {
            cluster.Objects.CreateSystemNamespaces();
            await cluster.PopulateAsync(cancellation);
            await cluster._app.StartAsync(cancellation);
        }
        catch
        {
            // Its address may be in use: player and controllers must not go on without it.
            await cluster.DisposeAsync();
            throw;
        }

        var addresses = cluster._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        cluster.Url = new Uri(addresses.Addresses.First());
        return cluster;
    }

    /// <summary>Ends when the server has been told to stop, by a signal or by <see cref="DisposeAsync"/>.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation = default) => _app.WaitForShutdownAsync(cancellation);

    /// <summary>
    /// Issues a service-account token as the API would, without its limits: for any lifetime (a negative one has expired), bound to a pod where
    /// one is named, for the API server itself where no audience is.
    /// </summary>
    public string IssueToken(string ns, string account, string? pod = null, IReadOnlyList<string>? audiences = null, TimeSpan? lifetime = null)
    {
        var owner = Storage.Get(ResourceKinds.ServiceAccounts, ns, account) ?? throw new ArgumentException($"There is no account {ns}/{account}.", nameof(account));
        var bound = pod is null ? null : Storage.Get(ResourceKinds.Pods, ns, pod) ?? throw new ArgumentException($"There is no pod {ns}/{pod}.", nameof(pod));
        var binding = bound is null ? null : new TokenBinding(ResourceKinds.Pods, bound.Name, bound.Uid);
        return Tokens.Issue(owner, binding, audiences ?? [], lifetime ?? Options.TokenLifetime);
    }

    /// <summary>Stores what is in a manifest of one object, over what was there before.</summary>
    public StoredObject Apply(JsonObject manifest)
    {
        var kind = ResourceKinds.All.First(kind => kind.Kind == (string?)manifest["kind"] && kind.ApiVersion == (string?)manifest["apiVersion"]);
        var ns = (string?)manifest["metadata"]!["namespace"] ?? "";
        var name = (string)manifest["metadata"]!["name"]!;
        return Objects.Create(kind, (JsonObject)manifest.DeepClone()) ?? Objects.Change(kind, ns, name, content =>
        {
            foreach (var (member, value) in manifest)
            {
                if (member != "metadata")
                    content[member] = value?.DeepClone();
            }
        })!;
    }

    internal bool Allows(AccessRequest request) => _authorizer?.Allows(request) ?? true;

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
        Faults.Clear();
        Faults.Connections.Abort(static _ => true);
        await _app.StopAsync();
        await _app.DisposeAsync();
        Tokens.Dispose();
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
            // Above what is taken, so that whoever sends somewhat more reads the 413 instead of finding its connection reset.
            kestrel.Limits.MaxRequestBodySize = 4 * ManifestReader.Limit;
            kestrel.Limits.MinResponseDataRate = null;
        });
        // A request that is under way, or half said, would hold the end up for as long as the server waits: 30 s unless told otherwise.
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Services.AddSingleton(log);
        return builder.Build();
    }
}
