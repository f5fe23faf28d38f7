using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Redis;

/// <summary>
/// Two gateways that share a Redis, and callers that never pause: one lease is renewed through the first gateway, one through the second, the others
/// through either in turn; both are looked up. What a caller was refused, and every lease that lapsed although it was renewed, is kept for <see cref="LostNothing"/>.
/// </summary>
internal sealed class RedisCallers : IAsyncDisposable
{
    /// <summary>Answers while replicas share what they know.</summary>
    public static readonly Seen Well = new(200, 201, 204, 200, 200, IsComplete: true, IsDegraded: false);

    /// <summary>Answers while Redis is away.</summary>
    public static readonly Seen Away = new(200, 201, 204, 200, 200, IsComplete: null, IsDegraded: true);

    private const int Pods = 6;

    // Many heartbeats long, so that a machine that is busy with other things still is in time.
    private const int Ttl = 8;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly TestRegistry _registry;
    private readonly GatewayUnderTest[] _gateways;
    private readonly List<(string Pod, string Id)> _leases = [];
    private readonly List<string> _registered = [];
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _rounds = new(0);
    private Task _calling = Task.CompletedTask;
    private string _drained = "";
    private int _count;

    private RedisCallers(TestRegistry registry, GatewayUnderTest other) => (_registry, _gateways) = (registry, [registry.Gateway, other]);

    public IEnumerable<RedisConnection> Connections => _gateways.Select(static gateway => gateway.Services.GetRequiredService<RedisConnection>());

    public static async Task<RedisCallers> StartAsync(string configuration, params (string Key, string Value)[] settings)
    {
        var registry = await TestRegistry.StartAsync(settings: [("Redis:Configuration", configuration), .. settings]);
        var callers = new RedisCallers(registry, await registry.ReplicaAsync("other"));
        for (var pod = 0; pod < Pods; pod++)
        {
            registry.Pod($"greeter-{pod}", $"10.0.0.{pod + 1}");
            callers._leases.Add(($"greeter-{pod}", (string)(await registry.Http.RegisterAsync(Body($"greeter-{pod}", "greeting")))["id"]!));
        }

        callers._drained = (string)(await registry.Http.RegisterAsync(Body("greeter-0", "drained")))["id"]!;
        await callers._gateways[1].Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == Pods);
        foreach (var leases in callers.All<ILeaseStore>())
            leases.Changed += ids => callers.Look(leases, ids);
        callers._calling = Task.Run(callers.CallAsync);
        await callers.ShareAsync();
        return callers;
    }

    /// <summary>Until both gateways know that Redis is available, or away.</summary>
    public Task UntilAsync(bool isAvailable) => Task.WhenAll(Connections.Select(connection => connection.UntilAsync(isAvailable)));

    /// <summary>So many more rounds of every caller.</summary>
    public async Task RoundsAsync(int count)
    {
        while (await _rounds.WaitAsync(0))
        {
        }

        for (var round = 0; round < count; round++)
            (await _rounds.WaitAsync(Patience.Limit)).ShouldBeTrue();
    }

    /// <summary>One caller of each kind, at the first gateway.</summary>
    public async Task<Seen> AskAsync()
    {
        while (true)
        {
            if (await TryAskAsync() is { } seen)
                return seen;
        }
    }

    /// <summary>Null: between two of the calls it turned out that Redis was away, or back.</summary>
    private async Task<Seen?> TryAskAsync()
    {
        var http = _registry.Http;
        var service = string.Create(CultureInfo.InvariantCulture, $"more-{++_count}");
        using var registered = await http.PostAsJsonAsync("/v1/registrations", Body("greeter-0", service)).Within();
        if (registered.IsSuccessStatusCode)
            _registered.Add(service);
        using var lookedUp = await http.GetAsync("/v1/namespaces/shop/services/greeting/instances").Within();
        using var beat = await http.PutAsync(Of(_leases[0], "/heartbeat"), null).Within();
        using var ready = await http.GetAsync("/readyz").Within();
        var (drained, complete) = await DrainAsync();
        HttpResponseMessage[] answers = [registered, lookedUp, beat, ready];
        var degraded = answers.Select(static answer => answer.Headers.TryGetValues("X-Registry-Degraded", out var values) && values.Single() == "redis").Distinct().ToList();
        return degraded is [var isDegraded]
            ? new Seen((int)lookedUp.StatusCode, (int)registered.StatusCode, (int)beat.StatusCode, drained, (int)ready.StatusCode, complete, isDegraded)
            : null;
    }

    /// <summary>A lease that has no caller: both gateways ask Redis for it.</summary>
    public string ExpectSilent()
    {
        var id = Guid.NewGuid().ToString("n");
        foreach (var leases in All<ILeaseStore>())
            leases.Expect(id, Silence);
        return id;
    }

    public IEnumerable<bool> HasLapsed(string id) => All<ILeaseStore>().Select(leases => leases.StateOf(id).HasLapsed);

    public Task LapsesAsync(string id) => Task.WhenAll(All<ILeaseStore>().Select(leases => leases.UntilAsync(store => store.StateOf(id).HasLapsed)));

    /// <summary>
    /// Until each gateway shares again: a drain reaches both, a POST that one noted is known to the other, a silent lease lapses at both, and one of
    /// them saves the state.
    /// </summary>
    public async Task ShareAsync()
    {
        await UntilAsync(isAvailable: true);
        var silent = ExpectSilent();
        await EventuallyAsync(async () => await DrainAsync() is (200, true));
        PostLogs posts = new(All<IPostLog>());
        await EventuallyAsync(() => Task.FromResult(posts.AreShared()));
        await EventuallyAsync(async () => (await Task.WhenAll(All<SavedRegistryWriter>().Select(static writer => writer.SaveAsync()))).Any(static isSaved => isSaved));
        await LapsesAsync(silent);
        await EventuallyAsync(async () => await AskAsync() == Well);
    }

    /// <summary>No caller was refused, no instance was missing, no renewed lease lapsed; everything that was registered is listed at both.</summary>
    public async Task LostNothing()
    {
        foreach (var gateway in _gateways)
        {
            foreach (var service in _registered)
                await gateway.Http.LookUpUntilAsync("shop", service, static all => all.Count == 1);
        }

        _faults.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _calling.Within();
        await _registry.DisposeAsync();
        _ending.Dispose();
        _rounds.Dispose();
    }

    private static object Body(string pod, string service) => new { @namespace = "shop", pod, service, port = 8080, container = "app", ttl = Ttl };

    private static string Of((string Pod, string Id) lease, string call) => $"/v1/registrations/{lease.Id}{call}?namespace=shop&pod={lease.Pod}";

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isSo())
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    private IEnumerable<T> All<T>()
        where T : notnull => _gateways.Select(static gateway => gateway.Services.GetRequiredService<T>());

    private void Look(ILeaseStore leases, IReadOnlyCollection<string> ids)
    {
        foreach (var (pod, id) in _leases)
        {
            if (ids.Contains(id) && leases.StateOf(id).HasLapsed)
                _faults.Enqueue($"the lease of {pod} lapsed");
        }
    }

    /// <summary>Out of service for all, and back; whether two replicas said that they have told their subscribers.</summary>
    private async Task<(int Status, bool? IsComplete)> DrainAsync()
    {
        using var drained = await _registry.Http.PatchAsJsonAsync(
            Of(("greeter-0", _drained), "") + "&drain=wait&timeout=10s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await drained.Content.ReadAsStringAsync().Within())!["drain"];
        using var up = await _registry.Http.PatchAsJsonAsync(Of(("greeter-0", _drained), ""), new { status = "UP" }).Within();
        return ((int)drained.StatusCode, (bool?)drain?["complete"] is { } complete ? complete && (int)drain!["replicas"]! == 2 : null);
    }

    private async Task CallAsync()
    {
        using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var round = 0; !_ending.IsCancellationRequested; round++)
        {
            await Task.WhenAll([
                .. _leases.Select((lease, number) => BeatAsync(_gateways[number < 2 ? number : (number + round) % 2], lease)),
                .. _gateways.Select(LookUpAsync),
            ]);
            _rounds.Release();
            await clock.WaitForNextTickAsync();
        }
    }

    private async Task BeatAsync(GatewayUnderTest gateway, (string Pod, string Id) lease)
    {
        using var answer = await gateway.Http.PutAsync(Of(lease, "/heartbeat"), null).Within();
        if (answer.StatusCode != HttpStatusCode.NoContent)
            _faults.Enqueue($"heartbeat {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    private async Task LookUpAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Http.GetAsync("/v1/namespaces/shop/services/greeting/instances").Within();
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode != HttpStatusCode.OK || JsonNode.Parse(text)!["instances"]!.AsArray().Count != Pods)
            _faults.Enqueue($"lookup {answer.StatusCode}: {text}");
    }

    /// <summary>What callers got: statuses, whether the drain reached every replica, and whether every answer said that Redis is away.</summary>
    internal sealed record Seen(int Lookup, int Register, int Heartbeat, int Drain, int Ready, bool? IsComplete, bool IsDegraded);

    private sealed class PostLogs(IEnumerable<IPostLog> logs)
    {
        private readonly (IPostLog Log, string Id)[] _noted = [.. logs.Select(static log => (log, Guid.NewGuid().ToString("n")))];

        /// <summary>Notes again each time: what one exchange lost is not sent by the next.</summary>
        public bool AreShared()
        {
            foreach (var (log, id) in _noted)
                log.Note(id, DateTimeOffset.UtcNow);
            return _noted.All(one => _noted.All(other => other.Log.LastPost(one.Id) is not null));
        }
    }
}
