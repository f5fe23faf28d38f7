using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Consumers;

/// <summary>
/// Notes who looks up what. Written by lookups and streams on any thread: the first one of a caller and service makes a tally, the others count in it and
/// allocate nothing. <see cref="ConsumerDirectory"/> reads it every few seconds, and removes what is not used any more. Bounded: what has no room is counted
/// as dropped.
/// </summary>
public sealed class ConsumerNotes(ConsumerOptions options, IdentityOptions identity, ClientAddressReader addresses, TimeProvider time, GatewayMetrics metrics)
{
    /// <summary>Services that one caller is noted for.</summary>
    internal const int MaxServicesPerCaller = 1_000;

    /// <summary>Callers with a token that wait for its review; further ones are known by their address.</summary>
    internal const int MaxTokensWaiting = 1_000;

    // Longer than any projected token.
    private const int LongestAuthorization = 4_096;

    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ConsumerCallerKey, ConsumerCaller> _callers = new();
    private readonly ConcurrentDictionary<ConsumerTallyKey, ConsumerTally> _tallies = new();
    private int _callerCount;
    private int _tallyCount;
    private int _tokensWaiting;

    public bool IsOn { get; } = options.Consumers > 0;

    internal IEnumerable<ConsumerTally> Tallies => _tallies.Select(static one => one.Value);

    internal IEnumerable<ConsumerCaller> Callers => _callers.Select(static one => one.Value);

    public bool TryFind(in ConsumerCallerKey key, [NotNullWhen(true)] out ConsumerCaller? caller) => _callers.TryGetValue(key, out caller);

    /// <summary>The caller of that key, from now on; null: there is no room.</summary>
    public ConsumerCaller? Add(in ConsumerCallerKey key, in CallerEvidence evidence)
    {
        if (Volatile.Read(ref _callerCount) >= options.Consumers)
        {
            metrics.ConsumersDropped.Add(1);
            return null;
        }

        var isAnonymous = evidence.Authorization.IsDefaultOrEmpty;
        var hasToken = !isAnonymous && evidence.Authorization.Sum(static line => line.Length) <= LongestAuthorization && Volatile.Read(ref _tokensWaiting) < MaxTokensWaiting;
        var client = addresses.Read(evidence).Address;
        var address = client ?? Plain(evidence.RemoteAddress);

        // Of the headers no more is kept than what is judged.
        CallerEvidence? kept = hasToken ? new() { RemoteAddress = address, Authorization = evidence.Authorization }
            : isAnonymous && identity.SourceAddress && client is not null ? new() { RemoteAddress = client }
            : null;
        var made = new ConsumerCaller(key, kept, address, time.GetTimestamp());
        var known = _callers.GetOrAdd(key, made);
        if (!ReferenceEquals(known, made))
            return known;
        Interlocked.Increment(ref _callerCount);
        if (hasToken)
            Interlocked.Increment(ref _tokensWaiting);
        return made;
    }

    /// <param name="isKnown">There is such a service: another name is noted only for a caller that asked for it while there was one.</param>
    public void LookedUp(ConsumerCaller caller, ServiceKey service, string? facade, bool isKnown = true)
    {
        var key = new ConsumerTallyKey(caller, service, facade);
        if (_tallies.TryGetValue(key, out var tally) || (isKnown && (tally = Add(key)) is not null))
            tally.LookedUp(time.GetTimestamp());
    }

    /// <summary>Counts a stream of these services as open until it is disposed of.</summary>
    public IDisposable Subscribed(ConsumerCaller caller, IReadOnlyCollection<ServiceKey> services, string? facade)
    {
        var now = time.GetTimestamp();
        var open = new List<ConsumerTally>(services.Count);
        foreach (var service in services)
        {
            var key = new ConsumerTallyKey(caller, service, facade);
            ConsumerTally? tally;
            do
                tally = _tallies.TryGetValue(key, out var found) ? found : Add(key);
            while (tally is not null && !tally.TryOpenStream(now) && Forget(tally));
            if (tally is not null)
                open.Add(tally);
        }

        return new OpenStream(open, time);
    }

    /// <summary>What was found out of a caller that had to be judged.</summary>
    internal void Judge(ConsumerCaller caller, PodCaller? proved)
    {
        if (caller.HoldsToken)
            Interlocked.Decrement(ref _tokensWaiting);
        caller.Judge(proved);
    }

    /// <summary>Removes what was not used for a minute; <paramref name="last"/> takes what was counted in a tally meanwhile.</summary>
    internal void Sweep(Action<ConsumerTally> last)
    {
        foreach (var (_, tally) in _tallies)
        {
            if (tally.Streams > 0 || tally.FoldedStreams > 0 || time.GetElapsedTime(tally.SeenAt) < IdleFor || !tally.TryRetire())
                continue;
            Forget(tally);
            last(tally);
        }

        foreach (var one in _callers)
        {
            if (one.Value.Services > 0 || time.GetElapsedTime(one.Value.MadeAt) < IdleFor || !_callers.TryRemove(one))
                continue;
            Interlocked.Decrement(ref _callerCount);
            if (one.Value.MustBeJudged)
                Judge(one.Value, null);
        }
    }

    private ConsumerTally? Add(in ConsumerTallyKey key)
    {
        if (Volatile.Read(ref _tallyCount) >= options.Consumers || key.Caller.Services >= MaxServicesPerCaller)
        {
            metrics.ConsumersDropped.Add(1);
            return null;
        }

        var made = new ConsumerTally(key, time.GetTimestamp());
        var kept = _tallies.GetOrAdd(key, made);
        if (ReferenceEquals(kept, made))
        {
            Interlocked.Increment(ref _tallyCount);
            key.Caller.AddService();
        }

        return kept;
    }

    /// <summary>Always true.</summary>
    private bool Forget(ConsumerTally tally)
    {
        if (_tallies.TryRemove(new(tally.Key, tally)))
        {
            Interlocked.Decrement(ref _tallyCount);
            tally.Key.Caller.RemoveService();
        }

        return true;
    }

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    private sealed class OpenStream(List<ConsumerTally> tallies, TimeProvider time) : IDisposable
    {
        private List<ConsumerTally>? _open = tallies;

        public void Dispose()
        {
            var now = time.GetTimestamp();
            foreach (var tally in Interlocked.Exchange(ref _open, null) ?? [])
                tally.CloseStream(now);
        }
    }
}
