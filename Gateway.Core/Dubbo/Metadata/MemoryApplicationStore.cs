using System.Collections.Immutable;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// The metadata of applications, in this process' memory. Any thread writes, under the lock; readers take the reference <see cref="_content"/> once.
/// </summary>
public sealed class MemoryApplicationStore(ApplicationOptions options, TimeProvider time) : IApplicationStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ApplicationFact, DateTimeOffset> _named = [];
    private volatile ImmutableDictionary<ApplicationName, ApplicationFacts> _content = ImmutableDictionary<ApplicationName, ApplicationFacts>.Empty;
    private long _bytes;

    public event Action<IReadOnlyCollection<ApplicationName>>? Changed;

    public IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All
    {
        get
        {
            lock (_gate)
                return [.. _named.Select(static entry => (entry.Key, entry.Value))];
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate)
                return _named.Count;
        }
    }

    public ApplicationFacts Find(ApplicationName application) => _content.GetValueOrDefault(application, ApplicationFacts.None);

    public ImmutableSortedSet<string> ApplicationsOf(string ns, string @interface) =>
        [.. _content.Where(entry => entry.Key.Namespace == ns && entry.Value.AllInterfaces.Contains(@interface)).Select(static entry => entry.Key.Name)];

    public ValueTask<bool> PutAsync(ApplicationName application, ApplicationMetadata metadata) => ValueTask.FromResult(Put(application, metadata));

    public ValueTask PutAsync(ApplicationName application, string @interface)
    {
        Put(application, @interface);
        return ValueTask.CompletedTask;
    }

    public void Name(IReadOnlyCollection<ApplicationFact> facts)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var fact in facts)
            {
                if (_named.ContainsKey(fact))
                    _named[fact] = now;
            }
        }
    }

    public void Forget(IReadOnlyCollection<ApplicationFact> facts)
    {
        lock (_gate)
        {
            foreach (var fact in facts)
            {
                if (!_named.Remove(fact))
                    continue;
                var known = Find(fact.Application);
                _bytes -= fact.IsMapping ? 0 : known.Revisions[fact.Name].Bytes.Length;
                SetLocked(fact.Application, fact.IsMapping
                    ? known with { Interfaces = known.Interfaces.Remove(fact.Name) }
                    : known with { Revisions = known.Revisions.Remove(fact.Name), Latest = known.Latest == fact.Name ? null : known.Latest });
            }
        }

        Changed?.Invoke([.. facts.Select(static fact => fact.Application).Distinct()]);
    }

    public ValueTask RefreshAsync() => ValueTask.CompletedTask;

    /// <summary>The document of a fact; null where it is not kept, empty for a mapping.</summary>
    internal ReadOnlyMemory<byte>? BytesOf(ApplicationFact fact)
    {
        var known = Find(fact.Application);
        if (fact.IsMapping)
            return known.Interfaces.Contains(fact.Name) ? ReadOnlyMemory<byte>.Empty : (ReadOnlyMemory<byte>?)null;
        return known.Revisions.GetValueOrDefault(fact.Name)?.Bytes;
    }

    internal bool Put(ApplicationName application, ApplicationMetadata metadata)
    {
        lock (_gate)
        {
            var known = Find(application);
            var former = known.Revisions.GetValueOrDefault(metadata.Revision);
            var bytes = _bytes - (former?.Bytes.Length ?? 0) + metadata.Bytes.Length;
            if (bytes > options.MaxTotalBytes)
                return false;
            _named[new(application, metadata.Revision, IsMapping: false)] = time.GetUtcNow();
            _bytes = bytes;
            SetLocked(application, known with { Revisions = known.Revisions.SetItem(metadata.Revision, metadata), Latest = metadata.Revision });
        }

        Changed?.Invoke([application]);
        return true;
    }

    internal void Put(ApplicationName application, string @interface)
    {
        lock (_gate)
        {
            var known = Find(application);
            _named[new(application, @interface, IsMapping: true)] = time.GetUtcNow();
            SetLocked(application, known with { Interfaces = known.Interfaces.Add(@interface) });
        }

        Changed?.Invoke([application]);
    }

    private void SetLocked(ApplicationName application, ApplicationFacts facts) =>
        _content = facts.IsEmpty ? _content.Remove(application) : _content.SetItem(application, facts);
}
