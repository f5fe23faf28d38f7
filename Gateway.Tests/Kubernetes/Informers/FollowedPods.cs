using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Supervision;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>A reflector at work: pods of a scripted API server, under a clock that the test moves.</summary>
internal sealed class FollowedPods : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly List<(Func<bool> Wanted, TaskCompletionSource Met)> _waiters = [];
    private readonly GatewayMetrics _gatewayMetrics;
    private readonly KubernetesApi _api;
    private Task _running = Task.CompletedTask;

    private FollowedPods(ScriptedApiServer server)
    {
        Server = server;
        _gatewayMetrics = new(Metrics);
        _api = new(new ClusterConnection { BaseAddress = server.Address, NeverUsesProxy = true }, new KubernetesOptions(), _gatewayMetrics, Time);
        Store = ClusterCache.NewPodStore();
        Informer = new("", Store) { ConditionChanged = Wake };
        Store.Changed = arrived =>
        {
            Arrived = arrived;
            OnChange?.Invoke();
            Wake();
        };
    }

    public ScriptedApiServer Server { get; }
    public ManualTimeProvider Time { get; } = new();
    public MetricsRecorder Metrics { get; } = new();
    public ObjectStore<Pod> Store { get; }
    public Informer<Pod> Informer { get; }
    public StoreEpoch History { get; } = new();
    public LogBook Logs { get; } = new();

    /// <summary>The watchdog of the same store.</summary>
    public CacheWatchdog Watchdog { get; private set; } = null!;

    public Action? OnChange { get; set; }

    /// <summary>Of the last change, as it was announced.</summary>
    public long Arrived { get; private set; }

    /// <summary>Starts following; nothing has been asked of the server yet.</summary>
    public static async Task<FollowedPods> StartAsync(ReflectorOptions? options = null, bool optional = false)
    {
        var pods = new FollowedPods(await ScriptedApiServer.StartAsync());
        var context = new InformerContext<Pod>
        {
            Api = pods._api,
            Type = ResourceTypes.Pods,
            Scope = new("", IsOptional: optional),
            Informer = pods.Informer,
            Epoch = new(pods.History),
            Options = options ?? Plain,
            Time = pods.Time,
            Metrics = pods._gatewayMetrics,
            Logger = pods.Logs.CreateLogger("informers"),
        };
        var reflector = new Reflector<Pod>(context);
        pods.Watchdog = new([new CacheComparison<Pod>(context, new(context.Options.WatchdogPause, pods.Time))], TimeSpan.FromMinutes(10), context.Options.Jitter, pods.Time);
        pods._running = Supervised.Loops(pods.Time, pods._gatewayMetrics, options: new() { Jitter = static () => 0 })
            .RunAsync(new BackgroundLoop("informer-pods", reflector.RunAsync), pods._ending.Token);
        return pods;
    }

    /// <summary>Starts with a list of pods in the store, and hands out the watch that followed it, opened.</summary>
    public static async Task<(FollowedPods Pods, ScriptedRequest Watch)> WatchingAsync(ulong version, params string[] items)
    {
        var pods = await StartAsync();
        var list = await pods.Server.NextAsync(RequestKind.List);
        await list.AnswerAsync(200, Wire.List(version, items));
        return (pods, await pods.OpenWatchAsync());
    }

    /// <summary>No jitter, no streaming lists: every request and every wait is known.</summary>
    public static ReflectorOptions Plain { get; } = new() { StreamingLists = false, Jitter = static () => 0 };

    /// <summary>Opens the next watch, and returns when its first probe is being waited for.</summary>
    public async Task<ScriptedRequest> OpenWatchAsync(string mediaType = "application/json")
    {
        var watch = await Server.NextAsync(RequestKind.Watch);
        await watch.OpenAsync(mediaType: mediaType);
        await Time.WaitForTimerAsync(Plain.ProbeInterval);
        return watch;
    }

    /// <summary>Moves time to the next probe and answers it with a version.</summary>
    public async Task ProbeAsync(ulong version)
    {
        Time.Advance(Plain.ProbeInterval);
        await AnswerProbeAsync(version);
    }

    public async Task<ScriptedRequest> AnswerProbeAsync(ulong version)
    {
        var probe = await Server.NextAsync(RequestKind.Probe);
        await probe.AnswerAsync(200, Wire.List(version));
        return probe;
    }

    /// <summary>Waits until the store or its condition is as wanted.</summary>
    public Task UntilAsync(Func<bool> wanted)
    {
        lock (_gate)
        {
            if (wanted())
                return Task.CompletedTask;
            var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, met));
            return met.Task.Within();
        }
    }

    public Pod? Find(string name) => Store.Find(new("shop", name));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        _api.Dispose();
        await Server.DisposeAsync();
        _gatewayMetrics.Dispose();
        Metrics.Dispose();
        _ending.Dispose();
    }

    private void Wake()
    {
        lock (_gate)
        {
            _waiters.RemoveAll(static waiter => waiter.Wanted() && waiter.Met.TrySetResult());
        }
    }
}
