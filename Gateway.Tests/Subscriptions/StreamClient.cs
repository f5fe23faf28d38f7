using System.Text;
using System.Text.Json;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>A client that applies events as the contract describes them and holds the stream to its promise at every one.</summary>
internal sealed class StreamClient(StreamSelection selection, bool asEvents = false) : IDisposable
{
    private readonly Dictionary<(ServiceKey Service, string Id), string> _held = [];
    private readonly HashSet<ServiceKey> _snapshots = [];
    private bool _isAnew;

    public Subscription? Stream { get; private set; }
    public string? LastEventId { get; private set; }
    public bool IsStale { get; private set; }
    public bool IsSynced { get; private set; }

    /// <summary>Names of the events of this connection, in order.</summary>
    public List<string> Events { get; } = [];

    public IEnumerable<string> HeldIds => _held.Keys.Select(static key => key.Id).Order(StringComparer.Ordinal);

    public StreamClient Connect(ReplicaUnderTest replica)
    {
        Stream?.Dispose();
        Events.Clear();
        _snapshots.Clear();
        _isAnew = LastEventId is null;
        IsSynced = LastEventId is not null && IsSynced;
        Stream = replica.Hub.TryOpen(selection, new StreamStart(asEvents, LastEventId)).ShouldNotBeNull();
        return this;
    }

    /// <summary>Takes at most <paramref name="limit"/> events, as many as there are; how many it took.</summary>
    public int Take(int limit = int.MaxValue)
    {
        var taken = 0;
        while (taken < limit && Stream!.TryTake(out var next))
        {
            Apply(next);
            taken++;
        }
        if (taken < limit)
            Stream!.RecordSent();
        return taken;
    }

    public void ShouldHold(WorldState world)
    {
        var truth = world.Services.Where(entry => selection.Namespace is null ? selection.Services.Contains(entry.Key) : selection.Namespace == entry.Key.Namespace)
            .SelectMany(entry => selection.Filter.Apply(entry.Value).Select(one => ((entry.Key, one.Id), one.Revision)))
            .ToDictionary(static one => one.Item1, static one => one.Revision);
        _held.Count.ShouldBe(truth.Count);
        foreach (var (key, revision) in truth)
            _held.GetValueOrDefault(key).ShouldBe(revision);
    }

    public void Dispose() => Stream?.Dispose();

    private void Apply(StreamEvent next)
    {
        next.Id.Length.ShouldBeLessThanOrEqualTo(256);
        next.Id.ShouldAllBe(static c => char.IsAsciiLetterOrDigit(c) || c == '-' || c == '_' || c == '.');
        var (name, data) = Parse(next.Frame);
        Events.Add(name);
        switch (name)
        {
            case "snapshot":
                ApplySnapshot(data);
                break;
            case "added":
                _held.TryAdd(KeyOf(data), RevisionOf(data)).ShouldBeTrue("added what the client holds");
                break;
            case "modified":
                _held.TryGetValue(KeyOf(data), out var held).ShouldBeTrue("modified what the client does not hold");
                held.ShouldNotBe(RevisionOf(data), "modified with equal content");
                _held[KeyOf(data)] = RevisionOf(data);
                break;
            case "removed":
                _held.Remove(KeyOf(data), out var last).ShouldBeTrue("removed what the client does not hold");
                last.ShouldBe(RevisionOf(data), "removed shows what was last told");
                break;
            case "stale":
                // A connection may begin by saying so again.
                (IsStale && Events.Count > 1).ShouldBeFalse("stale while stale");
                IsStale = true;
                break;
            case "fresh":
                IsStale.ShouldBeTrue("fresh while fresh");
                IsStale = false;
                break;
            case "synced":
                Events.Count(static one => one == "synced").ShouldBe(1, "synced twice");
                // The first state is complete: what no snapshot named is gone.
                if (!_isAnew)
                    DropServicesWithoutSnapshot();
                IsStale = data.GetProperty("stale").GetBoolean();
                IsSynced = true;
                break;
            default:
                throw new InvalidOperationException(name);
        }
        LastEventId = next.Id;
    }

    private void ApplySnapshot(JsonElement data)
    {
        if (_snapshots.Count == 0)
            IsSynced = false;
        var service = new ServiceKey(data.GetProperty("namespace").GetString()!, data.GetProperty("service").GetString()!);
        _snapshots.Add(service).ShouldBeTrue("two snapshots of one service");
        foreach (var key in _held.Keys.Where(key => key.Service == service).ToList())
            _held.Remove(key);
        foreach (var instance in data.GetProperty("instances").EnumerateArray())
            _held.Add(KeyOf(instance), RevisionOf(instance));
        IsStale = data.GetProperty("stale").GetBoolean();
        if (selection.IsSingle)
            IsSynced = true;
    }

    private void DropServicesWithoutSnapshot()
    {
        foreach (var key in _held.Keys.Where(key => !_snapshots.Contains(key.Service)).ToList())
            _held.Remove(key);
    }

    private static (ServiceKey Service, string Id) KeyOf(JsonElement instance) => (
        new(instance.GetProperty("namespace").GetString()!, instance.GetProperty("service").GetString()!), instance.GetProperty("id").GetString()!);

    private static string RevisionOf(JsonElement instance) => instance.GetProperty("revision").GetString()!;

    private static (string Name, JsonElement Data) Parse(EventFrame frame)
    {
        var text = Encoding.UTF8.GetString([.. frame.Pieces.SelectMany(static piece => piece.ToArray())]);
        var lines = text.Split('\n');
        lines.Length.ShouldBe(3);
        lines[2].ShouldBe("");
        lines[0].ShouldStartWith("event: ");
        lines[1].ShouldStartWith("data: ");
        return (lines[0]["event: ".Length..], JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement);
    }
}
