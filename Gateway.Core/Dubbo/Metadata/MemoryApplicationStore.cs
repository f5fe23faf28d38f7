using System.Collections.Immutable;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// The metadata of applications, in this process' memory. Any thread writes, under the lock; readers take the reference <see cref="_content"/> once.
/// </summary>
public sealed class MemoryApplicationStore(ApplicationOptions options, TimeProvider time) : IApplicationStore
{
    private readonly Lock _gate = new();
    private readonly KeptFacts _kept = new(options, time);
    private long _turn;
    private volatile ImmutableDictionary<ApplicationName, ApplicationFacts> _content = ImmutableDictionary<ApplicationName, ApplicationFacts>.Empty;

    // Made by the first reader of a content.
    private volatile InterfaceIndex? _index;

    public event Action<IReadOnlyCollection<ApplicationName>>? Changed;

    public IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All
    {
        get
        {
            lock (_gate)
                return _kept.All;
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate)
                return _kept.Count;
        }
    }

    public ApplicationFacts Find(ApplicationName application) => _content.GetValueOrDefault(application, ApplicationFacts.None);

    public ImmutableSortedSet<string> ApplicationsOf(string ns, string @interface)
    {
        var content = _content;
        var index = _index;
        if (index?.Content != content)
            _index = index = new InterfaceIndex(content);
        return [.. index.Applications[(ns, @interface)]];
    }

    public ValueTask<PutResult> PutAsync(ApplicationName application, ApplicationMetadata metadata, string? owner = null, bool isInUse = false) =>
        ValueTask.FromResult(Put(application, metadata, owner, isInUse));

    public ValueTask<bool> PutAsync(ApplicationName application, string @interface, string? owner = null) => ValueTask.FromResult(Put(application, @interface, owner));

    public void Name(IReadOnlyCollection<ApplicationFact> facts)
    {
        lock (_gate)
        {
            foreach (var fact in facts)
                _kept.Name(fact);
        }
    }

    public void Forget(IReadOnlyCollection<ApplicationFact> facts)
    {
        lock (_gate)
        {
            foreach (var fact in facts)
            {
                if (_kept.Remove(fact))
                    RemoveLocked(fact);
            }
        }

        Changed?.Invoke([.. facts.Select(static fact => fact.Application).Distinct()]);
    }

    public void Settle(ApplicationName application, IReadOnlySet<string> pods)
    {
        lock (_gate)
        {
            var known = Find(application);
            if (known.Latest is null || known.Revisions.Count < 2)
                return;
            var last = known.Revisions.Values.Where(one => one.Publisher is { } publisher && pods.Contains(publisher)).MaxBy(static one => one.Turn)?.Revision;
            if (last is null || last == known.Latest)
                return;
            SetLocked(application, known with { Latest = last });
        }

        Changed?.Invoke([application]);
    }

    public ValueTask RefreshAsync() => ValueTask.CompletedTask;

    /// <summary>The document of a fact as replicas share it; null where it is not kept, empty for a mapping.</summary>
    internal byte[]? SharedOf(ApplicationFact fact) =>
        fact.IsMapping ? BytesOf(fact)?.ToArray() : Find(fact.Application).Revisions.GetValueOrDefault(fact.Name) is { } metadata ? SharedDocument.Write(metadata) : null;

    /// <summary>The document of a fact; null where it is not kept, empty for a mapping.</summary>
    internal ReadOnlyMemory<byte>? BytesOf(ApplicationFact fact)
    {
        var known = Find(fact.Application);
        if (fact.IsMapping)
            return known.Interfaces.Contains(fact.Name) ? ReadOnlyMemory<byte>.Empty : (ReadOnlyMemory<byte>?)null;
        return known.Revisions.GetValueOrDefault(fact.Name)?.Bytes;
    }

    internal PutResult Put(ApplicationName application, ApplicationMetadata metadata, string? owner = null, bool isInUse = false) =>
        Put(new ApplicationFact(application, metadata.Revision, IsMapping: false), metadata.Bytes.Length, owner, known =>
        {
            var former = isInUse ? known.Revisions.GetValueOrDefault(metadata.Revision) : null;
            if (former is not null && !former.IsEqual(metadata))
                return null;
            var said = (former ?? metadata) with { Publisher = owner ?? metadata.Publisher, Turn = ++_turn };
            return known with { Revisions = known.Revisions.SetItem(metadata.Revision, said), Latest = metadata.Revision };
        });

    internal bool Put(ApplicationName application, string @interface, string? owner = null) =>
        Put(new ApplicationFact(application, @interface, IsMapping: true), 0, owner, known => known with { Interfaces = known.Interfaces.Add(@interface) })
            == PutResult.Stored;

    /// <param name="add">Null: what is there stays as it is.</param>
    private PutResult Put(ApplicationFact fact, int documentBytes, string? owner, Func<ApplicationFacts, ApplicationFacts?> add)
    {
        List<ApplicationFact> evicted;
        bool isKept;
        lock (_gate)
        {
            if (add(Find(fact.Application)) is null)
                return PutResult.Differs;
            isKept = _kept.TryMakeRoom(fact, documentBytes + KeptFacts.Overhead, owner, out evicted);
            foreach (var gone in evicted)
                RemoveLocked(gone);

            // What was evicted may be of the same application.
            if (isKept && add(Find(fact.Application)) is { } next)
            {
                _kept.Set(fact, documentBytes + KeptFacts.Overhead, owner);
                SetLocked(fact.Application, next);
            }
        }

        List<ApplicationName> changed = [.. evicted.Select(static gone => gone.Application)];
        if (isKept)
            changed.Add(fact.Application);
        if (changed.Count > 0)
            Changed?.Invoke([.. changed.Distinct()]);
        return isKept ? PutResult.Stored : PutResult.Full;
    }

    private void RemoveLocked(ApplicationFact fact)
    {
        var known = Find(fact.Application);
        SetLocked(fact.Application, fact.IsMapping
            ? known with { Interfaces = known.Interfaces.Remove(fact.Name) }
            : known with { Revisions = known.Revisions.Remove(fact.Name), Latest = known.Latest == fact.Name ? null : known.Latest });
    }

    private void SetLocked(ApplicationName application, ApplicationFacts facts) =>
        _content = facts.IsEmpty ? _content.Remove(application) : _content.SetItem(application, facts);

    /// <summary>The applications of each interface in one content.</summary>
    private sealed class InterfaceIndex(ImmutableDictionary<ApplicationName, ApplicationFacts> content)
    {
        public ImmutableDictionary<ApplicationName, ApplicationFacts> Content { get; } = content;

        public ILookup<(string Namespace, string Interface), string> Applications { get; } = content
            .SelectMany(static entry => entry.Value.AllInterfaces, static (entry, name) => (entry.Key, Interface: name))
            .ToLookup(static one => (one.Key.Namespace, one.Interface), static one => one.Key.Name);
    }
}
