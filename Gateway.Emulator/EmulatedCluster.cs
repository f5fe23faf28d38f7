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
/// A running emulated Kubernetes cluster: an API server on its own port, with all state in memory. Hosted by the emulator's own executable,
/// by the gateway and by tests.
/// </summary>
public sealed class EmulatedCluster : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RbacAuthorizer? _authorizer;
    private ClusterControllers? _controllers;

    private EmulatedCluster(EmulatorOptions options, TimeProvider time, ILoggerFactory? loggerFactory, int servers)
    {
        Options = options;
        Time = time;
        Storage = new ObjectStorage(options.HistoryLength);
        Faults = new Faults(Storage);
        Objects = new ObjectWriter(Storage, time);
        Tokens = new TokenAuthority(Storage, time, options.Issuer);
        _authorizer = options.Authorization == AuthorizationMode.Rbac ? new RbacAuthorizer(Storage) : null;
        Player = new Player(Storage, Objects);
        _app = Build(options, loggerFactory, servers);
        var server = new ApiServer(this, _app.Services.GetRequiredService<ILogger<ApiServer>>());
        _app.Run(server.HandleAsync);
    }

    public EmulatorOptions Options { get; }
    public TimeProvider Time { get; }

    /// <summary>The (first) API server's address; set once it listens.</summary>
    public Uri Url => Urls[0];

    /// <summary>The addresses of all API servers; set once they listen.</summary>
    public IReadOnlyList<Uri> Urls { get; private set; } = null!;

    public ObjectStorage Storage { get; }

    /// <summary>Writes objects in process as the API does for a client: with defaults, uids and times.</summary>
    public ObjectWriter Objects { get; }

    /// <summary>Plays scheduler and kubelet: automatically (option <see cref="EmulatorOptions.Player"/>) and on request.</summary>
    public Player Player { get; }

    public Faults Faults { get; }
    public RequestLog Requests { get; } = new();

    internal TokenAuthority Tokens { get; }

    /// <param name="servers">
    /// How many API servers serve the same objects, each with watch caches of its own. Beyond the first, each listens on a free port of loopback.
    /// </param>
    public static async Task<EmulatedCluster> StartAsync(
        EmulatorOptions options, TimeProvider? time = null, ILoggerFactory? loggerFactory = null, int servers = 1, CancellationToken cancellationToken = default)
    {
        var cluster = new EmulatedCluster(options, time ?? TimeProvider.System, loggerFactory, servers);
        try
        {
            cluster.Objects.CreateSystemNamespaces();
            await cluster.PopulateAsync(cancellationToken);
            await cluster._app.StartAsync(cancellationToken);
        }
        catch
        {
            // The address may be in use; player and controllers must not keep running then.
            await cluster.DisposeAsync();
            throw;
        }

        var addresses = cluster._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        cluster.Urls = [.. addresses.Addresses.Select(static address => new Uri(address))];
        return cluster;
    }

    /// <summary>Completes when the server was asked to stop, by a signal or by <see cref="DisposeAsync"/>.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>
    /// Issues a service-account token as the API does, but without its limits: any lifetime (negative: already expired), bound to a pod if
    /// one is named, for the API server itself if no audience is given.
    /// </summary>
    public string IssueToken(string ns, string account, string? pod = null, IReadOnlyList<string>? audiences = null, TimeSpan? lifetime = null)
    {
        var owner = Storage.Get(ResourceKinds.ServiceAccounts, ns, account) ?? throw new ArgumentException($"There is no account {ns}/{account}.", nameof(account));
        var bound = pod is null ? null : Storage.Get(ResourceKinds.Pods, ns, pod) ?? throw new ArgumentException($"There is no pod {ns}/{pod}.", nameof(pod));
        var binding = bound is null ? null : new TokenBinding(ResourceKinds.Pods, bound.Name, bound.Uid);
        return Tokens.Issue(owner, binding, audiences ?? [], lifetime ?? Options.TokenLifetime);
    }

    /// <summary>
    /// Creates the manifest's object; if it exists, replaces every top-level member that the manifest has, except metadata.
    /// </summary>
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

    /// <summary>Which API server listens on this port.</summary>
    internal int ServerAt(int port)
    {
        for (var server = 1; server < Urls.Count; server++)
        {
            if (Urls[server].Port == port)
                return server;
        }

        return 0;
    }

    internal bool Allows(AccessRequest request) => _authorizer?.Allows(request) ?? true;

    /// <summary>Completes when player and controllers have processed everything that was stored before.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken = default)
    {
        long version;
        do
        {
            version = Storage.Version;
            await Player.SettleAsync(cancellationToken);
            await (_controllers?.SettleAsync(cancellationToken) ?? Task.CompletedTask);
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

    /// <summary>
    /// Runs before the first request is accepted, so that a client finds a cluster that looks as if it had been running for a while.
    /// </summary>
    private async Task PopulateAsync(CancellationToken cancellationToken)
    {
        if (Options.Demo)
            DemoCluster.Fill(Objects, Player);
        if (Options.Player)
            Player.Start(Time, Options.DualStackPods);
        if (Options.Controllers)
            _controllers = new ClusterControllers(Storage, Objects);
        await SettleAsync(cancellationToken);
    }

    private static WebApplication Build(EmulatorOptions options, ILoggerFactory? loggerFactory, int servers)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls([options.Url, .. Enumerable.Repeat("http://127.0.0.1:0", servers - 1)]);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Above the limit of the API, so that a client that sends a little too much reads the 413 instead of a connection reset.
            kestrel.Limits.MaxRequestBodySize = 4 * ManifestReader.Limit;
            kestrel.Limits.MinResponseDataRate = null;
        });
        // An open request would delay the shutdown for the host's timeout, which is 30 s by default.
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Logging.ClearProviders();
        if (loggerFactory is not null)
            builder.Services.AddSingleton(loggerFactory);
        return builder.Build();
    }
}
