using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry;

/// <summary>
/// Holds the snapshot that every lookup reads, and the waits for later ones. The projector is its only writer; readers take <see
/// cref="Current"/> once. Publish, then notify: a notified reader finds at least the snapshot it was notified of.
/// </summary>
public sealed class RegistryState(RevisionLayout layout, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly HashSet<SnapshotWait> _waits = [];
    private readonly Dictionary<ServiceKey, HashSet<ServiceWait>> _serviceWaits = [];
    private volatile RegistrySnapshot _current = new(layout);
    private ImmutableArray<Listening> _listeners = [];

    public RevisionLayout Layout { get; } = layout;

    public RegistrySnapshot Current => _current;

    /// <summary>The number of callers that wait for a snapshot.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waits.Count + _serviceWaits.Values.Sum(static waits => waits.Count);
        }
    }

    /// <summary>
    /// Calls <paramref name="listener"/> after every publication with the services that changed (none: only the revision, or whether it is
    /// stale), on the projector's thread: it must only signal. Register first, then read <see cref="Current"/>. Dispose to unregister.
    /// </summary>
    /// <param name="listener">Signals.</param>
    /// <param name="forClients">Also of services of which only what clients of other registries are shown has changed.</param>
    public IDisposable OnPublished(Action<RegistrySnapshot, IReadOnlyCollection<ServiceKey>> listener, bool forClients = false)
    {
        var listening = new Listening(this, listener, forClients);
        lock (_gate)
            _listeners = _listeners.Add(listening);
        return listening;
    }

    /// <summary>The first snapshot that covers <paramref name="revision"/>; null when none came within <paramref name="timeout"/>.</summary>
    public Task<RegistrySnapshot?> WaitForRevisionAsync(Revision revision, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitAsync(snapshot => snapshot.HasSynced && snapshot.Revision.Covers(revision), timeout, cancellationToken);

    /// <summary>
    /// The first snapshot that has folded that pod at this version or a later one (or knows that it was deleted or replaced since); null
    /// when none came within <paramref name="timeout"/>.
    /// </summary>
    public Task<RegistrySnapshot?> WaitForPodAsync(
        string ns, string name, string uid, ulong version, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitAsync(snapshot => snapshot.HasSynced && snapshot.HasFolded(ns, name, uid, version), timeout, cancellationToken);

    /// <summary>The first snapshot after the first sync; null when it did not come within <paramref name="timeout"/>.</summary>
    public Task<RegistrySnapshot?> WaitForSyncAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitAsync(static snapshot => snapshot.HasSynced, timeout, cancellationToken);

    /// <summary>
    /// The first snapshot for which <paramref name="met"/>, which must be fast and only read it, is true; null when none came in time.
    /// </summary>
    public async Task<RegistrySnapshot?> WaitAsync(
        Func<RegistrySnapshot, bool> met, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var current = Current;
        if (met(current))
            return current;
        var wait = new SnapshotWait(met);
        lock (_gate)
            _waits.Add(wait);
        try
        {
            // Registered first, then read: a snapshot published in between is not missed.
            wait.Offer(Current);
            return await wait.Task.WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            lock (_gate)
                _waits.Remove(wait);
        }
    }

    /// <summary>
    /// The first snapshot in which the service may have changed after <paramref name="known"/> (see
    /// <see cref="ServiceSnapshot.MayHaveChangedSince"/>); null when none came within <paramref name="timeout"/>.
    /// </summary>
    public Task<RegistrySnapshot?> WaitForServiceAsync(
        ServiceKey service, Revision known, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitForServiceAsync(service, one => one.MayHaveChangedSince(known), timeout, cancellationToken);

    /// <summary>As above, but also after a change that only clients of other registries are shown.</summary>
    /// <param name="service">What is waited for.</param>
    /// <param name="known">The revision of this process' snapshot up to which its changes are known.</param>
    /// <param name="timeout">Of the wait.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    public Task<RegistrySnapshot?> WaitForClientsAsync(
        ServiceKey service, Revision known, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitForServiceAsync(service, one => one.ClientsSequence > known.Sequence || one.MayHaveChangedSince(known), timeout, cancellationToken);

    private async Task<RegistrySnapshot?> WaitForServiceAsync(
        ServiceKey service, Func<ServiceSnapshot, bool> met, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var wait = new ServiceWait(service, met);
        AddWait(wait);
        try
        {
            wait.Offer(Current);
            return await wait.Task.WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            RemoveWait(wait);
        }
    }

    /// <summary>Puts a snapshot in place and tells everyone; called by the projector alone.</summary>
    /// <param name="snapshot">The next one.</param>
    /// <param name="changed">The services whose waits are looked at.</param>
    /// <param name="forClients">Further ones of which only what clients of other registries are shown has changed.</param>
    /// <param name="toAll">Not everyone may have been told of the one before: every wait is looked at.</param>
    internal void Publish(RegistrySnapshot snapshot, IReadOnlyCollection<ServiceKey> changed, IReadOnlyCollection<ServiceKey>? forClients = null, bool toAll = false)
    {
        var all = forClients is { Count: > 0 } ? [.. changed, .. forClients] : changed;
        toAll |= snapshot.HasSynced && !_current.HasSynced;
        _current = snapshot;
        List<SnapshotWait> met = [];
        lock (_gate)
        {
            met.AddRange(_waits);
            foreach (var service in toAll ? _serviceWaits.Keys : all)
            {
                if (_serviceWaits.TryGetValue(service, out var waits))
                    met.AddRange(waits);
            }
        }

        foreach (var wait in met)
            wait.Offer(snapshot);
        foreach (var listening in _listeners)
            listening.Listener(snapshot, listening.ForClients ? all : changed);
    }

    private void AddWait(ServiceWait wait)
    {
        lock (_gate)
        {
            if (!_serviceWaits.TryGetValue(wait.Service, out var waits))
                _serviceWaits[wait.Service] = waits = [];
            waits.Add(wait);
        }
    }

    private void RemoveWait(ServiceWait wait)
    {
        lock (_gate)
        {
            if (_serviceWaits.TryGetValue(wait.Service, out var waits) && waits.Remove(wait) && waits.Count == 0)
                _serviceWaits.Remove(wait.Service);
        }
    }

    private void Remove(Listening listening)
    {
        lock (_gate)
            _listeners = _listeners.Remove(listening);
    }

    private class SnapshotWait(Func<RegistrySnapshot, bool> met)
    {
        // Continuations run on another thread: the projector never runs a waiting caller's code.
        private readonly TaskCompletionSource<RegistrySnapshot?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<RegistrySnapshot?> Task => _done.Task;

        public void Offer(RegistrySnapshot snapshot)
        {
            if (met(snapshot))
                _done.TrySetResult(snapshot);
        }
    }

    private sealed class ServiceWait(ServiceKey service, Func<ServiceSnapshot, bool> met)
        : SnapshotWait(snapshot => snapshot.HasSynced && met(snapshot.Find(service)))
    {
        public ServiceKey Service { get; } = service;
    }

    private sealed class Listening(RegistryState state, Action<RegistrySnapshot, IReadOnlyCollection<ServiceKey>> listener, bool forClients) : IDisposable
    {
        public Action<RegistrySnapshot, IReadOnlyCollection<ServiceKey>> Listener { get; } = listener;

        public bool ForClients { get; } = forClients;

        public void Dispose() => state.Remove(this);
    }
}
