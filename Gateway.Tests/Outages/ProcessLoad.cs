using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;

namespace Gateway.Tests.Outages;

/// <summary>
/// Registrations, deregistrations and lookups over several connections of their own, until the process that serves them is gone. Keeps what was
/// acknowledged, and each outcome that no caller may see.
/// </summary>
internal sealed class ProcessLoad : IAsyncDisposable
{
    private const int Writers = 6;
    private const int Readers = 4;
    private const string Prefix = "registry-gateway.io/";

    private readonly Uri _address;
    private readonly List<HttpClient> _clients = [];
    private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _wrong = [];
    private readonly TaskCompletionSource _isBusy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _work;
    private volatile bool _mayEnd;
    private int _lookups;

    public ProcessLoad(Uri address)
    {
        _address = address;
        _work = Task.WhenAll(
            [.. Enumerable.Range(0, Writers).Select(WriteAsync), .. Enumerable.Range(0, Readers).Select(_ => LookUpAsync())]);
    }

    /// <summary>Ids of registrations (true) and deregistrations (false) that were acknowledged last.</summary>
    public IReadOnlyDictionary<string, bool> Acknowledged => _acknowledged;

    /// <summary>Failures before the end, answers that were cut, and refusals that a client cannot repeat.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public int Lookups => _lookups;

    public static void Fill(SmallCluster cluster)
    {
        for (var pod = 0; pod < Writers; pod++)
            cluster.Pod(PodOf(pod), $"10.0.1.{pod + 1}");
    }

    /// <summary>The ids of all registrations that the cluster stores.</summary>
    public static HashSet<string> Stored(SmallCluster cluster) => cluster.Cluster.Storage.List(ResourceKinds.Pods)
        .SelectMany(static pod => pod.Copy()["metadata"]!["annotations"]?.AsObject() ?? [])
        .Where(static entry => entry.Key.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(static entry => entry.Key[Prefix.Length..]).ToHashSet(StringComparer.Ordinal);

    /// <summary>Until a few hundred calls were answered; from then on the process may end.</summary>
    public async Task UntilBusyAsync()
    {
        await Task.WhenAny(_isBusy.Task, _work).Within();
        _mayEnd = true;
    }

    /// <summary>Until each caller has found the process gone.</summary>
    public Task EndedAsync() => _work.Within();

    public void ShouldBeStoredIn(SmallCluster cluster)
    {
        var stored = Stored(cluster);
        _acknowledged.Where(entry => entry.Value != stored.Contains(entry.Key)).ShouldBeEmpty("what was acknowledged is in the cluster");
        _acknowledged.Count.ShouldBeGreaterThan(50);
    }

    public async ValueTask DisposeAsync()
    {
        _mayEnd = true;
        foreach (var client in _clients)
            client.CancelPendingRequests();
        await _work.Within();
        foreach (var client in _clients)
            client.Dispose();
    }

    private static string PodOf(int writer) => $"writer-{writer}";

    private HttpClient Client()
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _address, Timeout = Patience.Limit };
        lock (_clients)
            _clients.Add(client);
        return client;
    }

    private async Task WriteAsync(int writer)
    {
        var http = Client();
        var former = new Queue<string>();
        for (var number = 0; ; number++)
        {
            var made = await SendAsync(http, HttpMethod.Post, "/v1/registrations", new
            {
                @namespace = "shop",
                pod = PodOf(writer),
                service = string.Create(CultureInfo.InvariantCulture, $"load-{writer}-{number}"),
                port = 8080,
                ttl = number % 2 == 0 ? (int?)60 : null,
            });
            if (made is null)
                return;
            var id = (string)JsonNode.Parse(made)!["id"]!;
            _acknowledged[id] = true;
            former.Enqueue(id);
            if (_acknowledged.Count > 100 && Volatile.Read(ref _lookups) > 200)
                _isBusy.TrySetResult();
            if (number % 3 != 0)
                continue;
            var gone = former.Dequeue();

            // Without an answer nothing is known of it.
            _acknowledged.TryRemove(gone, out _);
            if (await SendAsync(http, HttpMethod.Delete, $"/v1/registrations/{gone}?namespace=shop&pod={PodOf(writer)}", null) is null)
                return;
            _acknowledged[gone] = false;
        }
    }

    private async Task LookUpAsync()
    {
        var http = Client();
        while (await SendAsync(http, HttpMethod.Get, "/v1/namespaces/shop/services/steady/instances", null) is { } answer)
        {
            if (JsonNode.Parse(answer)!["instances"]!.AsArray().Count != 1)
                _wrong.Add(answer);
            Interlocked.Increment(ref _lookups);
        }
    }

    /// <summary>The body of a success; null: the process ended before it took the call.</summary>
    private async Task<string?> SendAsync(HttpClient http, HttpMethod method, string path, object? body)
    {
        while (true)
        {
            HttpResponseMessage answer;
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
                answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                if (!_mayEnd)
                    _wrong.Add(e.ToString());
                return null;
            }

            using (answer)
            {
                try
                {
                    var text = await answer.Content.ReadAsStringAsync();
                    if (answer.IsSuccessStatusCode)
                        return text;
                    if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || answer.Headers.RetryAfter is null)
                        _wrong.Add($"{method} {path}: {(int)answer.StatusCode} {text}");
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    if (!IsKilled)
                        _wrong.Add($"{method} {path} was cut: {e}");
                    return null;
                }
            }
        }
    }

    /// <summary>The process is killed and not told to stop: answers may be cut.</summary>
    public bool IsKilled { get; set; }
}
