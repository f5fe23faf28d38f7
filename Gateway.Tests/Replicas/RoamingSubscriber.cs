using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Replicas;

/// <summary>
/// A client that follows services over whichever replica it is told to, keeps what it was told as the contract describes, and holds every
/// event to the promise of section 3. Its reading loop alone writes what it holds, under the lock.
/// </summary>
internal sealed class RoamingSubscriber(string path) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Service, string Id), string> _held = [];
    private readonly Dictionary<(string Service, string Id), long> _newest = [];
    private readonly HashSet<string> _snapshots = new(StringComparer.Ordinal);

    // Of this connection: every id of a change, and the newest position.
    private readonly HashSet<string> _changes = new(StringComparer.Ordinal);
    private StreamPosition? _position;
    private TaskCompletionSource _changed = NewSignal();
    private volatile TaskCompletionSource _mayRead = Done();
    private CancellationTokenSource _ending = new();
    private Task _reading = Task.CompletedTask;
    private Exception? _broken;
    private bool _cameBack;
    private bool _isStale;

    public string? LastId { get; private set; }

    /// <summary>Of this connection.</summary>
    public long Bytes { get; private set; }

    /// <summary>Of this connection.</summary>
    public int Events { get; private set; }

    /// <summary>Of this connection.</summary>
    public int Snapshots { get; private set; }

    /// <summary>Of this connection: of added, modified and removed, as they came over the wire.</summary>
    public long ChangeBytes { get; private set; }

    public bool HasGoaway { get; private set; }

    public bool IsConnected => !_reading.IsCompleted;

    public async Task ConnectAsync(HttpClient http, bool remember)
    {
        await DisconnectAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        lock (_gate)
        {
            _cameBack = remember && LastId is not null;
            _snapshots.Clear();
            _changes.Clear();
            _position = null;
            (Bytes, ChangeBytes, Events, Snapshots, HasGoaway) = (0, 0, 0, 0, false);
            if (_cameBack)
            {
                request.Headers.Add("Last-Event-ID", LastId);
            }
            else
            {
                // Whoever begins anew may find a replica that is behind the one before.
                _held.Clear();
                _newest.Clear();
                LastId = null;
            }
        }

        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within();
        answer.EnsureSuccessStatusCode();
        _ending = new CancellationTokenSource();
        _reading = Task.Run(() => ReadAsync(answer, _ending.Token));
    }

    public async Task DisconnectAsync()
    {
        await _ending.CancelAsync();
        await _reading.Within();
        _ending.Dispose();
        _ending = new CancellationTokenSource();
    }

    /// <summary>Completes when the stream has ended, whoever ended it.</summary>
    public Task Ended => _reading;

    /// <summary>Stays connected and takes nothing.</summary>
    public void Stall()
    {
        if (_mayRead.Task.IsCompleted)
            _mayRead = NewSignal();
    }

    public void GoOn() => _mayRead.TrySetResult();

    /// <summary>Waits until what it holds meets the condition; fails as soon as the promise was broken.</summary>
    public async Task UntilAsync(Func<IReadOnlyDictionary<(string Service, string Id), string>, bool> met, Func<string> otherwise)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_broken is not null)
                    throw new InvalidOperationException("The stream broke its promise.", _broken);
                if (met(_held))
                    return;
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(otherwise());
            }
        }
    }

    /// <summary>Waits until it holds exactly this.</summary>
    public Task UntilHoldsAsync(IReadOnlyDictionary<(string Service, string Id), string> truth) => UntilAsync(
        held => held.Count == truth.Count && truth.All(entry => held.GetValueOrDefault(entry.Key) == entry.Value),
        () => $"{path}: held {string.Join("; ", Held().Except(truth))} but truly {string.Join("; ", truth.Except(Held()))}");

    /// <summary>What it holds now.</summary>
    public Dictionary<(string Service, string Id), string> Held()
    {
        lock (_gate)
            return new(_held);
    }

    public void ShouldBeKept()
    {
        lock (_gate)
        {
            if (_broken is not null)
                throw new InvalidOperationException("The stream broke its promise.", _broken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GoOn();
        await DisconnectAsync();
        _ending.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Done()
    {
        var done = NewSignal();
        done.SetResult();
        return done;
    }

    private async Task ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            using var lines = new System.IO.StreamReader(await answer.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8, false, 16 * 1024);
            var (name, id, data, length) = ("message", (string?)null, (string?)null, 0);
            while (true)
            {
                await _mayRead.Task.WaitAsync(cancellation);
                if (await lines.ReadLineAsync(cancellation) is not { } line)
                    return;
                length += line.Length + 1;
                if (line.Length == 0)
                {
                    Take(name, id, data, length);
                    (name, id, data, length) = ("message", null, null, 0);
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    name = line["event: ".Length..];
                }
                else if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    id = line["id: ".Length..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    data = line["data: ".Length..];
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // The stream has ended, by us or by the server.
        }
        finally
        {
            answer.Dispose();
        }
    }

    private void Take(string name, string? id, string? data, int length)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            Bytes += length;
            if (data is null)
                return;
            try
            {
                Events++;
                NoteOrder(name, id);
                using var content = JsonDocument.Parse(data);
                Apply(name, content.RootElement, length);
                LastId = id ?? LastId;
            }
            catch (Exception broken)
            {
                _broken ??= broken;
            }

            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    private void Apply(string name, JsonElement data, int length)
    {
        switch (name)
        {
            case "snapshot":
                Snapshots++;
                ApplySnapshot(data);
                break;
            case "added":
                ChangeBytes += length;
                _held.TryAdd(KeyOf(data), RevisionOf(data)).ShouldBeTrue("added what the client holds");
                NoteNewest(data);
                break;
            case "modified":
                ChangeBytes += length;
                _held.TryGetValue(KeyOf(data), out var held).ShouldBeTrue("modified what the client does not hold");
                held.ShouldNotBe(RevisionOf(data), "modified with equal content");
                _held[KeyOf(data)] = RevisionOf(data);
                NoteNewest(data);
                break;
            case "removed":
                ChangeBytes += length;
                _held.Remove(KeyOf(data), out var last).ShouldBeTrue("removed what the client does not hold");
                last.ShouldBe(RevisionOf(data), "removed shows what was last told");
                break;
            case "stale":
                _isStale = true;
                break;
            case "fresh":
                _isStale = false;
                break;
            case "synced":
                if (_cameBack && _snapshots.Count > 0)
                {
                    foreach (var key in _held.Keys.Where(key => !_snapshots.Contains(key.Service)).ToList())
                        _held.Remove(key);
                }

                break;
            case "goaway":
                HasGoaway = true;
                break;
            default:
                throw new InvalidOperationException(name);
        }
    }

    private void ApplySnapshot(JsonElement data)
    {
        var service = data.GetProperty("service").GetString()!;
        _snapshots.Add(service).ShouldBeTrue("two snapshots of one service");
        foreach (var key in _held.Keys.Where(key => key.Service == service).ToList())
            _held.Remove(key);
        foreach (var instance in data.GetProperty("instances").EnumerateArray())
        {
            _held.Add(KeyOf(instance), RevisionOf(instance));
            NoteNewest(instance);
        }
    }

    /// <summary>Every write of the tests carries a number that only grows: nobody may be sent back in time, across connections too.</summary>
    private void NoteNewest(JsonElement instance)
    {
        if (!instance.GetProperty("metadata").TryGetProperty("n", out var text))
            return;
        var number = long.Parse(text.GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        if (!_isStale)
            number.ShouldBeGreaterThanOrEqualTo(_newest.GetValueOrDefault(KeyOf(instance)), "sent back in time");
        _newest[KeyOf(instance)] = number;
    }

    /// <summary>No change is sent twice, and no event is of an older state than the one before it.</summary>
    private void NoteOrder(string name, string? id)
    {
        if (name is "added" or "modified" or "removed")
            _changes.Add(id.ShouldNotBeNull()).ShouldBeTrue("a change is sent twice");
        if (!StreamPosition.TryParse(id, out var position))
            return;
        if (_position is { } former)
            (former.Revision.Covers(position.Revision) && !position.Revision.Covers(former.Revision)).ShouldBeFalse("an event of an older state");
        _position = position;
    }

    private static (string Service, string Id) KeyOf(JsonElement instance) =>
        (instance.GetProperty("service").GetString()!, instance.GetProperty("id").GetString()!);

    private static string RevisionOf(JsonElement instance) => instance.GetProperty("revision").GetString()!;
}
