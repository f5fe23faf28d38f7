using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Emulator.FaultInjection;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Outages;

/// <summary>
/// What a row of the fault table needs: a cluster with a Service and registered pods, a balancer before its API server, a gateway that
/// follows it at a quick pace, subscribers, and a caller that looks up all the time. A row makes its trouble, says what was seen, mends it
/// and waits for agreement.
/// </summary>
internal sealed class FaultedRegistry : IAsyncDisposable
{
    private const string Greeting = "/v1/namespaces/shop/services/greeting/instances";
    private const int Lost = 1100;
    private const int Listed = 1103;
    private const int LoopRestarted = 2300;
    private const int AnsweredByABug = 1800;

    private static readonly TimeSpan BetweenLookups = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _lookedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _lookups = Task.CompletedTask;

    private FaultedRegistry(SmallCluster small, Balancer balancer, GatewayUnderTest gateway, LogBook logs, Agreement agreement) =>
        (Small, Balancer, Gateway, Logs, Agreement) = (small, balancer, gateway, logs, agreement);

    /// <summary>
    /// Delays of a tenth and less, so that a row takes seconds. An answer may take long: that this machine is busy is not the row's fault.
    /// </summary>
    public static ReflectorOptions Quick { get; } = new()
    {
        ProbeLimit = Patience.Limit * 2,
        ProofOpening = Patience.Limit,
        FirstBackoff = TimeSpan.FromMilliseconds(50),
        LongestBackoff = TimeSpan.FromMilliseconds(400),
        ProbeInterval = TimeSpan.FromMilliseconds(500),
        ProbeRetry = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>As <see cref="Quick"/>, for rows in which answers do not come: what is not answered within two seconds has failed.</summary>
    public static ReflectorOptions ShortLimits { get; } = Quick with { ProbeLimit = TimeSpan.FromSeconds(2), ProofOpening = TimeSpan.FromSeconds(2) };

    public SmallCluster Small { get; }

    public Balancer Balancer { get; }

    public GatewayUnderTest Gateway { get; }

    public LogBook Logs { get; }

    public Agreement Agreement { get; }

    public Faults Faults => Small.Cluster.Faults;

    /// <summary>Whether the service that is looked up all the time may be without instances.</summary>
    public bool MayBeEmpty { get; set; }

    /// <param name="options">The pace of the reflectors.</param>
    /// <param name="time">The gateway's time; the real one where none is given.</param>
    /// <param name="step">How far it is moved between two looks while the gateway has to come back.</param>
    /// <param name="settings">More of the gateway's configuration.</param>
    /// <param name="front">What is between the balancer and the API server; the gateway then knows it by a kubeconfig, and callers show tokens.</param>
    /// <param name="adjust">Changes the gateway's builder last.</param>
    /// <param name="cluster">The cluster; one of a single API server where none is given.</param>
    public static async Task<FaultedRegistry> StartAsync(ReflectorOptions? options = null, ManualTimeProvider? time = null, TimeSpan? step = null,
        Dictionary<string, string?>? settings = null, Func<SmallCluster, Task<IFront>>? front = null, Action<WebApplicationBuilder>? adjust = null,
        SmallCluster? cluster = null)
    {
        var small = cluster ?? await SmallCluster.StartAsync(admin: front is null ? null : "admin");
        small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"app","namespace":"shop"}}""");
        small.Node("node-1", "zone-a");
        small.Service();
        AddPod(small, 1);
        AddPod(small, 2);
        await small.SettleAsync();
        var before = front is null ? null : await front(small);
        var balancer = new Balancer(before?.Backend ?? small.Cluster.Url);
        var given = new Dictionary<string, string?>(settings ?? []);
        if (before is not null)
            (given["Kubernetes:Mode"], given["Kubernetes:Kubeconfig"]) = ("Kubeconfig", before.KubeconfigFor(balancer.Port));
        var logs = new LogBook();
        var gateway = await GatewayUnderTest.StartAsync(new Uri($"http://127.0.0.1:{balancer.Port}"), given, logs, time: time, adjust: builder =>
        {
            builder.Services.AddSingleton(options ?? Quick);
            adjust?.Invoke(builder);
        });
        var agreement = await Agreement.BeginAsync(small.Cluster.Storage, gateway.Http, moveTime: time is null ? null : time.Advance, step: step,
            token: front is null ? null : pod => small.Cluster.IssueToken("shop", "app", pod, ["registry-gateway"]));
        var registry = new FaultedRegistry(small, balancer, gateway, logs, agreement);
        await agreement.RegisterAsync("greeter-1");
        await agreement.RegisterAsync("greeter-2");
        await agreement.ReachAsync();
        await agreement.LeaveAsync();
        registry._lookups = registry.LookUpAllTheTimeAsync();
        return registry;
    }

    private static void AddPod(SmallCluster small, int number) => small.Pod($"greeter-{number}", $"10.0.0.{number}", spec: """{"serviceAccountName":"app"}""");

    /// <summary>What happens to the cluster during a fault: a registered pod goes, and another one comes.</summary>
    public async Task ChangeAsync()
    {
        Small.Remove(ResourceKinds.Pods, "greeter-1");
        Agreement.Forget("greeter-1");
        AddPod(Small, 3);
        await Small.SettleAsync();
    }

    /// <summary>Changes that no open watch sends: all are held back, then cut; <paramref name="before"/> happens before they may be opened again.</summary>
    public async Task MissChangesAsync(Action before)
    {
        Faults.StallWatches();
        await ChangeAsync();
        before();
        Faults.CutWatches();
        Faults.ResumeWatches();
    }

    /// <summary>Why that kind was listed, each time.</summary>
    public IEnumerable<string> ReasonsOfLists(string kind) => Logs.Lines
        .Where(line => line.Id == Listed && line.Members["Resource"] == kind).Select(static line => line.Members["Reason"]!);

    public Task<JsonNode> LookUpAsync() => Gateway.Http.GetJsonAsync(Greeting);

    public Task UntilStaleAsync() => Agreement.MovingAsync(
        Gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit, TestContext.Current.CancellationToken));

    public Task UntilFreshAsync() => Agreement.MovingAsync(
        Gateway.State.WaitAsync(static snapshot => !snapshot.IsStale, Patience.Limit, TestContext.Current.CancellationToken));

    /// <summary>No kind was lost at any time.</summary>
    public void ShouldNeverHaveBeenLost() =>
        Logs.Lines.Where(static line => line.Id == Lost).Select(static line => $"{line.Members["Resource"]}: {line.Members["Why"]}").ShouldBeEmpty();

    /// <summary>A stream of the service whose pods change, after its snapshot.</summary>
    public async Task<StreamReader> WatchAsync()
    {
        var stream = await StreamReader.OpenAsync(Gateway.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        return stream;
    }

    /// <summary>What happened meanwhile (<see cref="ChangeAsync"/>) is sent before anything is called fresh.</summary>
    public static async Task ShouldSendTheChangeBeforeFreshAsync(StreamReader stream)
    {
        ((string?)(await stream.NextAsync("removed")).Data["pod"]!["name"]).ShouldBe("greeter-1");
        await stream.NextAsync("fresh");
    }

    /// <summary>Lookups still show the two pods of the beginning, and say whether that may be old (null: either).</summary>
    public async Task ShouldShowTheFormerStateAsync(bool? isStale)
    {
        var shown = await LookUpAsync();
        shown["instances"]!.AsArray().Select(static one => (string)one!["pod"]!["name"]!).ShouldBe(["greeter-1", "greeter-2"], ignoreOrder: true);
        ((bool)shown["stale"]!).ShouldBe(isStale ?? (bool)shown["stale"]!);
    }

    /// <summary>After the fault: agreement, and a registration made now is a part of it. No lookup failed, no loop had to be restarted.</summary>
    public async Task AgreeAsync(string pod = "greeter-2")
    {
        await Agreement.ReachAsync();
        await Agreement.RegisterAsync(pod, "farewell");
        await Agreement.ReachAsync();

        // A row may be over before the first lookup is.
        await Task.WhenAny(_lookedUp.Task, _lookups).Within();
        await _over.CancelAsync();
        await _lookups.Within();
        Logs.Lines.Where(static line => line.Id is LoopRestarted or AnsweredByABug).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Agreement.DisposeAsync();
        await Gateway.DisposeAsync();
        await Balancer.DisposeAsync();
        await Small.DisposeAsync();
        Logs.Dispose();
        _over.Dispose();
    }

    private async Task LookUpAllTheTimeAsync()
    {
        using var pace = new PeriodicTimer(BetweenLookups);
        try
        {
            while (await pace.WaitForNextTickAsync(_over.Token))
            {
                var shown = (await LookUpAsync())["instances"]!.AsArray().Count;
                (shown > 0 || MayBeEmpty).ShouldBeTrue("a lookup was empty");
                _lookedUp.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
        }
    }
}

/// <summary>What a gateway finds instead of the API server itself, with the kubeconfig by which it does.</summary>
internal interface IFront
{
    Uri Backend { get; }

    /// <summary>The path of a kubeconfig for this port of loopback.</summary>
    string KubeconfigFor(int port);
}
