using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Timing;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// What each kept fact costs, whom it counts for, and when a registration named it last: the quotas of pods and namespaces. Only
/// <see cref="MemoryApplicationStore"/> calls it, under its lock.
/// </summary>
internal sealed class KeptFacts(ApplicationOptions options, TimeProvider time)
{
    /// <summary>What a fact takes beside its document.</summary>
    public const int Overhead = 300;

    // What a registration names is renewed every second.
    private static readonly TimeSpan Unnamed = TimeSpan.FromSeconds(3);

    private readonly Dictionary<ApplicationFact, Kept> _facts = [];
    private readonly Dictionary<string, long> _byOwner = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _byNamespace = new(StringComparer.Ordinal);
    private long _total;

    public int Count => _facts.Count;

    public IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All => [.. _facts.Select(static entry => (entry.Key, entry.Value.NamedAt))];

    /// <summary>
    /// Makes room for a fact; false: there is none. What no registration names goes first: the pod's own for its quota, its namespace's for that of
    /// the namespace, and for the total what belongs to the namespaces that hold most.
    /// </summary>
    public bool TryMakeRoom(ApplicationFact fact, long bytes, string? owner, out List<ApplicationFact> evicted)
    {
        evicted = [];
        var former = _facts.GetValueOrDefault(fact);
        var ns = fact.Application.Namespace;
        var more = bytes - (former?.Bytes ?? 0);
        return Evict(fact, evicted, () => owner is null || _byOwner.GetValueOrDefault(owner) + (former?.Owner == owner ? more : bytes) <= options.MaxBytesPerPod, (_, kept) => kept.Owner == owner)
            && Evict(fact, evicted, () => _byNamespace.GetValueOrDefault(ns) + more <= options.MaxBytesPerNamespace, (one, _) => one.Application.Namespace == ns)
            && Evict(fact, evicted, () => _total + more <= options.MaxTotalBytes, static (_, _) => true);
    }

    public void Set(ApplicationFact fact, long bytes, string? owner)
    {
        Remove(fact, out var former);
        var kept = new Kept(bytes, owner ?? former?.Owner, time.GetSteadyNow());
        _facts[fact] = kept;
        Tally(fact, kept, bytes);
    }

    public void Name(ApplicationFact fact)
    {
        if (_facts.TryGetValue(fact, out var kept))
            _facts[fact] = kept with { NamedAt = time.GetSteadyNow() };
    }

    public bool Remove(ApplicationFact fact) => Remove(fact, out _);

    private bool Remove(ApplicationFact fact, [NotNullWhen(true)] out Kept? kept)
    {
        if (!_facts.Remove(fact, out kept))
            return false;
        Tally(fact, kept, -kept.Bytes);
        return true;
    }

    /// <summary>Removes what no registration names, the largest namespace's first and the oldest first, until it fits; one pass over all facts.</summary>
    private bool Evict(ApplicationFact wanted, List<ApplicationFact> evicted, Func<bool> fits, Func<ApplicationFact, Kept, bool> mayGo)
    {
        if (fits())
            return true;
        var before = time.GetSteadyNow() - Unnamed;
        var unnamed = _facts.Where(entry => entry.Value.NamedAt < before && entry.Key != wanted && mayGo(entry.Key, entry.Value))
            .OrderByDescending(entry => _byNamespace[entry.Key.Application.Namespace]).ThenBy(static entry => entry.Value.NamedAt)
            .Select(static entry => entry.Key).ToList();
        foreach (var gone in unnamed)
        {
            Remove(gone);
            evicted.Add(gone);
            if (fits())
                return true;
        }

        return false;
    }

    private void Tally(ApplicationFact fact, Kept kept, long bytes)
    {
        _total += bytes;
        Add(_byNamespace, fact.Application.Namespace, bytes);
        if (kept.Owner is { } owner)
            Add(_byOwner, owner, bytes);
    }

    private static void Add(Dictionary<string, long> sums, string key, long bytes)
    {
        var sum = sums.GetValueOrDefault(key) + bytes;
        if (sum == 0)
            sums.Remove(key);
        else
            sums[key] = sum;
    }

    /// <param name="Bytes">What it counts.</param>
    /// <param name="Owner">The uid of the pod that said it; null: another replica's.</param>
    /// <param name="NamedAt">When it was said, or named by a registration, last.</param>
    private sealed record Kept(long Bytes, string? Owner, DateTimeOffset NamedAt);
}
