using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// Every pod with its records, by its key. Immutable. Most pods have no record: of those the pod alone is kept, and its entry is made each time that it is
/// read.
/// </summary>
public sealed class PodTable : IReadOnlyDictionary<ObjectKey, PodEntry>
{
    public static readonly PodTable Empty = new(new(static (held, i) => i == 0 ? MetadataOf(held).Key.GetHashCode() : null), 0);

    // A Pod without records, or a PodEntry.
    private readonly ObjectTrie<object> _pods;

    private PodTable(ObjectTrie<object> pods, int count) => (_pods, Count) = (pods, count);

    public int Count { get; }

    public IEnumerable<ObjectKey> Keys => _pods.All.Select(static held => MetadataOf(held).Key);

    public IEnumerable<PodEntry> Values => _pods.All.Select(EntryOf);

    /// <summary>Those that have records.</summary>
    public IEnumerable<PodEntry> Recorded => _pods.All.OfType<PodEntry>();

    public PodEntry this[ObjectKey key] => Find(key) ?? throw new KeyNotFoundException(key.ToString());

    public static PodTable Of(IEnumerable<PodEntry> entries)
    {
        var builder = new Builder();
        foreach (var entry in entries)
            builder.Change(builder.Find(entry.Pod.Metadata.Key), entry);
        return builder.ToTable();
    }

    public PodEntry? Find(ObjectKey key) => HeldAt(_pods, key) is { } held ? EntryOf(held) : null;

    public bool ContainsKey(ObjectKey key) => HeldAt(_pods, key) is not null;

    public bool TryGetValue(ObjectKey key, [MaybeNullWhen(false)] out PodEntry value) => (value = Find(key)) is not null;

    public IEnumerator<KeyValuePair<ObjectKey, PodEntry>> GetEnumerator() =>
        _pods.All.Select(static held => KeyValuePair.Create(MetadataOf(held).Key, EntryOf(held))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ObjectMeta MetadataOf(object held) => held is PodEntry entry ? entry.Pod.Metadata : ((Pod)held).Metadata;

    private static PodEntry EntryOf(object held) => held as PodEntry ?? new PodEntry((Pod)held, PodRecords.None);

    private static object Kept(PodEntry entry) =>
        ReferenceEquals(entry.Records, PodRecords.None) && ReferenceEquals(entry.AsRead, PodRecords.None) ? entry.Pod : entry;

    private static object? HeldAt(ObjectTrie<object> pods, ObjectKey key)
    {
        foreach (var held in pods.Candidates(key.GetHashCode()))
        {
            if (MetadataOf(held).Key == key)
                return held;
        }

        return null;
    }

    /// <summary>Makes one table after the other. Used by one thread.</summary>
    internal sealed class Builder
    {
        private ObjectTrie<object>.Builder _next = new(Empty._pods, 0);
        private PodTable _made = Empty;

        public IEnumerable<PodEntry> All => _next.Trie.All.Select(EntryOf);

        public PodEntry? Find(ObjectKey key) => HeldAt(_next.Trie, key) is { } held ? EntryOf(held) : null;

        /// <summary>Puts an entry in place of what was found under its key; null: there is none.</summary>
        public void Change(PodEntry? former, PodEntry? next) => _next.Change(former is null ? null : Kept(former), next is null ? null : Kept(next));

        public PodTable ToTable() => ReferenceEquals(_next.Publish(), _made._pods) ? _made : _made = new PodTable(_next.Trie, _next.Count);

        public void Restart(PodTable pods) => (_next, _made) = (new(pods._pods, pods.Count), pods);
    }
}
