using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Replicas;

namespace Gateway.Tests.Outages;

/// <summary>
/// Cache = cluster = every subscriber, and every acknowledged registration is there. Subscribers are opened before a fault: one stays
/// open through it, one leaves and comes back by its last event id, and afterwards one begins without an id. <see cref="RoamingSubscriber"/>
/// holds each event to the contract: nothing repeated, nothing older than what came before.
/// </summary>
internal sealed class Agreement : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly ObjectStorage _storage;
    private readonly HttpClient _http;
    private readonly string _ns;
    private readonly RoamingSubscriber _through;
    private readonly RoamingSubscriber _back;
    private readonly RoamingSubscriber _late;
    private readonly Func<string, string>? _token;
    private readonly Dictionary<string, string> _acknowledged = new(StringComparer.Ordinal);

    private Agreement(ObjectStorage storage, HttpClient http, string ns, Func<string, string>? token)
    {
        (_storage, _http, _ns, _token) = (storage, http, ns, token);
        var path = $"/v1/watch?namespace={ns}&status=any";
        (_through, _back, _late) = (new(path), new(path), new(path));
    }

    /// <summary>
    /// Moves a gateway's time between two looks, where it is not the real one: by less than that, since the time of what it calls is real.
    /// </summary>
    public Action<TimeSpan> MoveTime { get; init; } = static _ => { };

    /// <summary>How far time is moved between two looks while the gateway has to come back, which takes as long as its delays.</summary>
    public TimeSpan Step { get; init; } = BetweenLooks;

    /// <summary>The subscriber that is open from the beginning to the end.</summary>
    public RoamingSubscriber Through => _through;

    /// <param name="storage">The cluster's objects.</param>
    /// <param name="http">The gateway that follows it.</param>
    /// <param name="moveTime">Moves the gateway's time, where it is not the real one.</param>
    /// <param name="step">How far, between two looks while the gateway has to come back.</param>
    /// <param name="token">A pod's token, where a caller must show one.</param>
    public static async Task<Agreement> BeginAsync(ObjectStorage storage, HttpClient http, string ns = "shop", Action<TimeSpan>? moveTime = null, TimeSpan? step = null,
        Func<string, string>? token = null)
    {
        var agreement = new Agreement(storage, http, ns, token) { MoveTime = moveTime ?? (static _ => { }), Step = step ?? BetweenLooks };
        await agreement._through.ConnectAsync(http, remember: false);
        await agreement._back.ConnectAsync(http, remember: false);
        return agreement;
    }

    /// <summary>
    /// Registers; once acknowledged, it has to be there in the end. A 503 is repeated, as every caller has to: the connection of a write may be one of
    /// those that are half-open.
    /// </summary>
    public async Task<JsonNode> RegisterAsync(string pod, string service = "greeting", int port = 8080, int weight = 100)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        using var poll = new PeriodicTimer(BetweenLooks);
        while (true)
        {
            var registering = TryRegisterAsync(pod, _token is null ? new { @namespace = _ns, pod, service, port, weight } : new { service, port, weight });
            await MovingAsync(registering);
            if (await registering is { } answer)
            {
                _acknowledged[(string)answer["id"]!] = pod;
                return answer;
            }

            MoveTime(BetweenLooks);
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>The pod is gone, and its registrations with it.</summary>
    public void Forget(string pod)
    {
        foreach (var (id, _) in _acknowledged.Where(entry => entry.Value == pod).ToList())
            _acknowledged.Remove(id);
    }

    /// <summary>The second subscriber leaves; it comes back, with its last event id, when agreement is reached.</summary>
    public async Task LeaveAsync()
    {
        await MovingAsync(_back.UntilHoldsAsync(await TruthAsync()));
        await _back.DisconnectAsync();
    }

    /// <summary>Waits until all agree; how long it took.</summary>
    public async Task<TimeSpan> ReachAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await UntilCacheIsClusterAsync();
        if (!_through.IsConnected)
            await _through.ConnectAsync(_http, remember: true);
        if (!_back.IsConnected)
            await _back.ConnectAsync(_http, remember: true);
        await _late.ConnectAsync(_http, remember: false);
        var truth = await TruthAsync();
        foreach (var subscriber in new[] { _through, _back, _late })
            await MovingAsync(subscriber.UntilHoldsAsync(truth));
        truth.Keys.Select(static key => key.Id).ShouldBeSubsetOf(ExpectedInstances.Of(_storage, _ns).Keys.Select(static key => key.Id));
        _acknowledged.Keys.ShouldBeSubsetOf(truth.Keys.Select(static key => key.Id), "an acknowledged registration is missing");
        (await _http.GetStringAsync("/livez")).ShouldBe("ok\n");
        var taken = Stopwatch.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache = cluster = {truth.Count} at every subscriber after {taken.TotalSeconds:F2} s"));
        return taken;
    }

    /// <summary>Waits, and moves the gateway's time as far as the real one meanwhile.</summary>
    public async Task MovingAsync(Task done)
    {
        using var poll = new PeriodicTimer(BetweenLooks);
        while (!done.IsCompleted)
        {
            MoveTime(BetweenLooks);
            await Task.WhenAny(done, poll.WaitForNextTickAsync().AsTask());
        }

        await done;
    }

    public async ValueTask DisposeAsync()
    {
        await _through.DisposeAsync();
        await _back.DisposeAsync();
        await _late.DisposeAsync();
    }

    /// <summary>Null: not now.</summary>
    private async Task<JsonNode?> TryRegisterAsync(string pod, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = JsonContent.Create(body) };
        if (_token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token(pod));
        using var answer = await _http.SendAsync(request).Within();
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(text);
            return null;
        }

        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    private async Task UntilCacheIsClusterAsync()
    {
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        using var poll = new PeriodicTimer(BetweenLooks);
        while (true)
        {
            var expected = ExpectedInstances.Of(_storage, _ns);
            var shown = (await LookUpAllAsync(expected.Keys.Select(static key => key.Service))).ToDictionary(static one => one.Key, static one => ExpectedInstances.Shown(one.Instance));
            var ready = await _http.GetJsonAsync("/readyz");
            var isFresh = !(bool)ready["stale"]! && ready["lost"]!.AsArray().Count == 0;
            if (isFresh && shown.Count == expected.Count && shown.All(one => expected.GetValueOrDefault(one.Key) == one.Value))
                return;
            deadline.IsCancellationRequested.ShouldBeFalse(
                $"readyz {ready.ToJsonString()}; shown and not in the cluster: {string.Join("; ", shown.Except(expected))}; in the cluster and not shown: {string.Join("; ", expected.Except(shown))}");
            MoveTime(Step);
            await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What lookups show: for each service and id the instance's revision.</summary>
    private async Task<Dictionary<(string Service, string Id), string>> TruthAsync() =>
        (await LookUpAllAsync([])).ToDictionary(static one => one.Key, static one => (string)one.Instance["revision"]!);

    private async Task<List<((string Service, string Id) Key, JsonNode Instance)>> LookUpAllAsync(IEnumerable<string> alsoThese)
    {
        var listed = (await _http.GetJsonAsync($"/v1/services?namespace={_ns}"))["items"]!.AsArray().Select(static one => (string)one!["name"]!);
        List<((string, string), JsonNode)> all = [];
        foreach (var service in listed.Union(alsoThese, StringComparer.Ordinal))
        {
            foreach (var instance in await _http.LookUpAsync(_ns, service, "?status=any"))
                all.Add(((service, (string)instance["id"]!), instance));
        }

        return all;
    }
}
