using Gateway.Core.Diagnostics;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Consumers;

/// <summary>
/// The consumers that this replica knows, by service. Written by <see cref="ConsumerDirectory"/>, one round at a time; reads are copies, under a short lock.
/// Bounded by service and in all: the one that was seen longest ago is dropped first, and counted.
/// </summary>
internal sealed class ConsumerTable(ConsumerOptions options, GatewayMetrics metrics)
{
    /// <summary>Counts change with every lookup: other replicas learn them this often.</summary>
    private static readonly TimeSpan PublishedEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ServiceKey, Dictionary<ConsumerKey, ConsumerEntry>> _byService = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes what was counted in the tally since the last time.</summary>
    /// <param name="tally">Of the pod's, or the address' calls.</param>
    /// <param name="pod">Whose calls they are; null: no pod's that is known.</param>
    /// <param name="seenAt">When the latest came.</param>
    /// <param name="now">Counts for a consumer with an open stream.</param>
    public void Fold(ConsumerTally tally, ConsumerPod? pod, DateTimeOffset seenAt, DateTimeOffset now)
    {
        var (caller, service, facade) = tally.Key;
        var (lookups, streams) = (tally.TakeLookups(), tally.Streams);
        if (lookups == 0 && streams == 0 && tally.FoldedStreams == 0)
            return;
        lock (_gate)
        {
            var entry = EntryLocked(pod is null
                ? new ConsumerKey(service, facade, "", "", caller.AddressText ?? "")
                : new ConsumerKey(service, facade, pod.Namespace, pod.Name, ""));
            if (!ReferenceEquals(tally.Entry, entry))
            {
                tally.Entry?.Streams -= tally.FoldedStreams;
                (tally.Entry, tally.FoldedStreams) = (entry, 0);
            }

            entry.Streams += streams - tally.FoldedStreams;
            tally.FoldedStreams = streams;
            entry.Lookups += lookups;
            entry.Workload = pod?.Workload;
            entry.Address = caller.AddressText;
            entry.IsProved |= pod is { IsProved: true };
            entry.IsChanged = true;
            var seen = streams > 0 ? now : seenAt;
            if (seen > entry.LastSeen)
                entry.LastSeen = seen;
            if (_byService[service].Count > options.ConsumersPerService)
                DropOldestLocked(_byService[service], entry);
        }
    }

    /// <summary>Removes those that were last seen before that time, and those beyond the bound.</summary>
    public void Forget(DateTimeOffset before)
    {
        lock (_gate)
        {
            foreach (var entry in AllLocked().Where(entry => entry.LastSeen < before).ToList())
                RemoveLocked(entry);
            if (_count <= options.Consumers)
                return;

            // A little more, so that not every new one leads here.
            var surplus = _count - (options.Consumers * 95 / 100);
            foreach (var entry in AllLocked().OrderBy(static entry => entry.Streams > 0).ThenBy(static entry => entry.LastSeen).Take(surplus).ToList())
                RemoveLocked(entry);
            metrics.ConsumersDropped.Add(surplus);
        }
    }

    public List<ConsumerRecord> Of(ServiceKey service)
    {
        lock (_gate)
            return [.. _byService.GetValueOrDefault(service)?.Values.Select(static entry => entry.ToRecord()) ?? []];
    }

    public List<ConsumerRecord> OfPod(string ns, string pod)
    {
        lock (_gate)
            return [.. AllLocked().Where(entry => entry.Key.Pod == pod && entry.Key.Namespace == ns).Select(static entry => entry.ToRecord())];
    }

    /// <summary>What other replicas should know by now; counts alone once a minute.</summary>
    public List<ConsumerRecord> TakeChanged(DateTimeOffset now, bool takesAll)
    {
        List<ConsumerRecord> changed = [];
        lock (_gate)
        {
            foreach (var entry in AllLocked())
            {
                if (!takesAll && (!entry.IsChanged || (now - entry.PublishedAt < PublishedEvery && entry.Published == (entry.Streams, entry.IsProved))))
                    continue;
                (entry.IsChanged, entry.PublishedAt, entry.Published) = (false, now, (entry.Streams, entry.IsProved));
                changed.Add(entry.ToRecord());
            }
        }

        return changed;
    }

    private IEnumerable<ConsumerEntry> AllLocked() => _byService.Values.SelectMany(static consumers => consumers.Values);

    private ConsumerEntry EntryLocked(in ConsumerKey key)
    {
        if (!_byService.TryGetValue(key.Service, out var consumers))
            _byService[key.Service] = consumers = [];
        if (consumers.TryGetValue(key, out var entry))
            return entry;
        consumers[key] = entry = new ConsumerEntry(key);
        _count++;
        return entry;
    }

    private void DropOldestLocked(Dictionary<ConsumerKey, ConsumerEntry> consumers, ConsumerEntry newest)
    {
        var oldest = consumers.Values.Where(entry => !ReferenceEquals(entry, newest)).OrderBy(static entry => entry.Streams > 0).ThenBy(static entry => entry.LastSeen).First();
        RemoveLocked(oldest);
        metrics.ConsumersDropped.Add(1);
    }

    private void RemoveLocked(ConsumerEntry entry)
    {
        var consumers = _byService[entry.Key.Service];
        consumers.Remove(entry.Key);
        if (consumers.Count == 0)
            _byService.Remove(entry.Key.Service);
        _count--;
    }
}

/// <summary>One consumer in the table, which alone writes it.</summary>
internal sealed class ConsumerEntry(ConsumerKey key)
{
    public ConsumerKey Key { get; } = key;

    public string? Workload { get; set; }

    public string? Address { get; set; }

    public bool IsProved { get; set; }

    public long Lookups { get; set; }

    public int Streams { get; set; }

    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Other replicas were not sent its present state.</summary>
    public bool IsChanged { get; set; }

    /// <summary>What they are not kept waiting for, as they were last sent it; null: nothing was sent.</summary>
    public (int Streams, bool IsProved)? Published { get; set; }

    public DateTimeOffset PublishedAt { get; set; }

    public ConsumerRecord ToRecord() => new(Key, Workload, Address, IsProved, Lookups, Streams, LastSeen);
}
