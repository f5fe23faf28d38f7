using System.Net;
using Gateway.Core.Identity;

namespace Gateway.Core.Consumers;

/// <summary>What tells the callers of lookups apart without judging them: equal keys are the same caller. Made for every lookup, so it allocates nothing.</summary>
/// <param name="Address">Of the connection, or the one that a listed proxy forwards.</param>
/// <param name="Token">A digest of the header Authorization; 0: there is none. The token itself is not kept.</param>
/// <param name="IsProxied">The call came through a proxy that is not listed: its address identifies no pod.</param>
public readonly record struct ConsumerCallerKey(IPAddress? Address, UInt128 Token, bool IsProxied);

/// <summary>
/// A caller of lookups, and which pod it is. Made by its first lookup; <see cref="ConsumerDirectory"/> alone, one round at a time, writes who it is.
/// </summary>
public sealed class ConsumerCaller
{
    private int _services;

    /// <param name="key">Tells it apart.</param>
    /// <param name="evidence">What may prove who it is; null: nothing can.</param>
    /// <param name="address">Where its calls come from.</param>
    /// <param name="madeAt">A timestamp.</param>
    internal ConsumerCaller(in ConsumerCallerKey key, CallerEvidence? evidence, IPAddress? address, long madeAt)
    {
        (Key, Address, AddressText, MadeAt) = (key, address, address?.ToString(), madeAt);
        (Evidence, MustBeJudged) = (evidence ?? new CallerEvidence(), evidence is not null);
    }

    internal ConsumerCallerKey Key { get; }

    /// <summary>Where the calls come from; null: not known.</summary>
    internal IPAddress? Address { get; }

    internal string? AddressText { get; }

    /// <summary>With its token only until the caller was judged.</summary>
    internal CallerEvidence Evidence { get; private set; }

    /// <summary>Its address may prove who it is.</summary>
    internal bool HasAddress => Key.Token == UInt128.Zero && Evidence.RemoteAddress is not null;

    internal bool HoldsToken => !Evidence.Authorization.IsDefaultOrEmpty;

    internal long MadeAt { get; }

    /// <summary>Something may prove who it is, and has not been looked at.</summary>
    internal bool MustBeJudged { get; private set; }

    /// <summary>It was not answered who calls: not before this time is it asked again.</summary>
    internal DateTimeOffset NotBefore { get; private set; }

    /// <summary>The pod that was proved; null: none was.</summary>
    internal PodCaller? Proved { get; private set; }

    /// <summary>The pod of its latest calls, while no other pod has its address.</summary>
    internal ConsumerPod? Latest { get; set; }

    /// <summary>How many services it has a tally for.</summary>
    internal int Services => Volatile.Read(ref _services);

    internal int AddService() => Interlocked.Increment(ref _services);

    internal void RemoveService() => Interlocked.Decrement(ref _services);

    internal void Judge(PodCaller? proved)
    {
        (Proved, MustBeJudged) = (proved, false);
        Evidence = Evidence with { Authorization = [] };
    }

    internal void JudgeLater(DateTimeOffset notBefore) => NotBefore = notBefore;

    /// <summary>The address is another pod's by now.</summary>
    internal void JudgeAgain() => (Proved, MustBeJudged, NotBefore) = (null, true, default);
}

/// <summary>A pod as a consumer.</summary>
internal sealed record ConsumerPod(string Namespace, string Name, string Uid, string Workload, bool IsProved);
