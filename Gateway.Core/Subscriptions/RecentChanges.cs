using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// Which services changed in each of the last publications, so that a stream compares those alone and not all of its namespace. The hub records
/// them on the projector's thread; streams read them, under one lock. Bounded; a stream that is further behind compares everything.
/// </summary>
internal sealed class RecentChanges
{
    private const int MaxPublications = 1024;
    private const int MaxServices = 65_536;

    private readonly Lock _gate = new();
    private readonly ServiceKey[]?[] _changes = new ServiceKey[]?[MaxPublications];
    private int _services;

    // Publications after the first and up to the last are recorded.
    private ulong _first;
    private ulong _last;

    /// <summary>The publication with this number changed these services. One of an equal number said the same in another condition.</summary>
    public void Record(ulong sequence, IReadOnlyCollection<ServiceKey> changed)
    {
        lock (_gate)
        {
            if (sequence <= _last)
                return;
            if (sequence != _last + 1)
            {
                while (_first < _last)
                    DropOldestLocked();
                _first = sequence - 1;
            }

            _last = sequence;
            _changes[sequence % MaxPublications] = [.. changed];
            _services += changed.Count;
            while (_last - _first >= MaxPublications || _services > MaxServices)
                DropOldestLocked();
        }
    }

    /// <summary>Adds what changed after one publication and up to another; false where that is not known, and nothing was added.</summary>
    /// <param name="after">The earlier publication.</param>
    /// <param name="upTo">The later one.</param>
    /// <param name="ns">Only services of this namespace; null: of all.</param>
    /// <param name="changed">Emptied, then filled.</param>
    public bool TryCollect(ulong after, ulong upTo, string? ns, List<ServiceKey> changed)
    {
        changed.Clear();
        lock (_gate)
        {
            if (after < _first || upTo > _last)
                return after == upTo;
            for (var sequence = after + 1; sequence <= upTo; sequence++)
            {
                foreach (var service in _changes[sequence % MaxPublications]!)
                {
                    if (ns is null || service.Namespace == ns)
                        changed.Add(service);
                }
            }
        }

        // A service that changed twice is compared once.
        if (upTo - after > 1)
            Distinct(changed);
        return true;
    }

    private static void Distinct(List<ServiceKey> services)
    {
        var seen = new HashSet<ServiceKey>();
        services.RemoveAll(service => !seen.Add(service));
    }

    private void DropOldestLocked()
    {
        _first++;
        _services -= _changes[_first % MaxPublications]!.Length;
        _changes[_first % MaxPublications] = null;
    }
}
