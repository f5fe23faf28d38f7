using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// When the services of each namespace last changed, and the waits for the next change. The projector's thread is the only writer, through the
/// registry's publications; it only notes and signals. Any thread reads. Callers choose the namespaces that they wait for, so those in which nothing
/// has changed yet share one wait.
/// </summary>
public sealed class NamespaceChanges : IDisposable
{
    private readonly RegistryState _state;
    private readonly IDisposable _listening;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChangePoint> _points = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _signals = new(StringComparer.Ordinal);

    // The services of each namespace that also depend on what has no version.
    private readonly Dictionary<string, HashSet<ServiceKey>> _unversioned = new(StringComparer.Ordinal);

    private TaskCompletionSource _firstChange = NewSignal();
    private ChangePoint? _floor;

    public NamespaceChanges(RegistryState state)
    {
        _state = state;
        _listening = state.OnPublished(Note, forClients: true);
    }

    /// <summary>The namespaces that have a wait of their own.</summary>
    internal int Waits
    {
        get
        {
            lock (_gate)
                return _signals.Count;
        }
    }

    public void Dispose() => _listening.Dispose();

    /// <summary>The last change of any service; taken before the snapshot that is read with it, so that the snapshot holds the change.</summary>
    public ChangePoint PointOf(string ns)
    {
        var current = _state.Current;
        lock (_gate)
        {
            if (_points.TryGetValue(ns, out var point))
                return point;

            // What changed before this began to listen is not newer than what was current then.
            return _floor ??= PointAt(current, ns);
        }
    }

    /// <summary>Completes at the next publication that changes a service of the namespace; taken before what it is compared with is read.</summary>
    public Task NextAsync(string ns)
    {
        lock (_gate)
        {
            if (!_points.ContainsKey(ns))
                return _firstChange.Task;
            if (!_signals.TryGetValue(ns, out var signal))
                _signals[ns] = signal = NewSignal();
            return signal.Task;
        }
    }

    private void Note(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed)
    {
        List<TaskCompletionSource>? due = null;
        lock (_gate)
        {
            foreach (var key in changed)
                NoteLocked(snapshot, key);
            foreach (var ns in changed.Select(static key => key.Namespace).Distinct(StringComparer.Ordinal))
            {
                if (!_points.ContainsKey(ns) && (due?.Contains(_firstChange)) != true)
                    (due ??= []).Add(_firstChange);
                _points[ns] = PointAt(snapshot, ns) with { IsUnversioned = _unversioned.ContainsKey(ns) };
                if (_signals.Remove(ns, out var signal))
                    (due ??= []).Add(signal);
            }

            if (due?.Contains(_firstChange) == true)
                _firstChange = NewSignal();
        }

        foreach (var signal in due ?? [])
            signal.SetResult();
    }

    private void NoteLocked(RegistrySnapshot snapshot, ServiceKey key)
    {
        if (snapshot.Services.TryGetValue(key, out var service) && service.HasUnversionedInputs)
        {
            if (!_unversioned.TryGetValue(key.Namespace, out var services))
                _unversioned[key.Namespace] = services = [];
            services.Add(key);
        }
        else if (_unversioned.TryGetValue(key.Namespace, out var services) && services.Remove(key) && services.Count == 0)
        {
            _unversioned.Remove(key.Namespace);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ChangePoint PointAt(RegistrySnapshot snapshot, string ns)
    {
        var revision = snapshot.RevisionFor(ns);
        return new ChangePoint(revision.Newest, revision.Replica, snapshot.Sequence);
    }
}

/// <summary>Any change of any service of a namespace.</summary>
public sealed class AnyServiceChanges(RegistryState state, NamespaceChanges changes, TimeProvider time, string ns) : IChangeSource
{
    public string Namespace => ns;

    public (RegistrySnapshot Snapshot, ChangePoint Point) Read()
    {
        var point = changes.PointOf(ns);
        return (state.Current, point);
    }

    public Task<bool> WaitForChangeAsync(ChangePoint known, TimeSpan wait, CancellationToken cancellationToken) =>
        changes.WaitAsync(ns, () => changes.PointOf(ns).Sequence > known.Sequence, wait, time, cancellationToken);
}

/// <summary>The wait that lists of a namespace share.</summary>
internal static class NamespaceWaits
{
    /// <summary>Looks again after every change in the namespace; false at the end of the wait.</summary>
    public static async Task<bool> WaitAsync(
        this NamespaceChanges changes, string ns, Func<bool> hasChanged, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var next = changes.NextAsync(ns);
            if (hasChanged())
                return true;
            var left = wait - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return false;
            try
            {
                await next.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return hasChanged();
            }
        }
    }
}
