using System.Collections.Concurrent;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Ids of other registries' clients whose registrations went a moment ago while their pods live on: a heartbeat that was on its way then, or that a
/// client's timer sends before it stops, must not lead to another registration. Written by the projector before it publishes, so that every replica knows
/// it by its own watch, and by a deregistration here; read by heartbeats.
/// </summary>
public sealed class GoneAliases(TimeProvider time)
{
    /// <summary>The longest usual interval of heartbeats (Eureka's).</summary>
    public static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);

    // 30 s of deregistrations of a cluster in which all pods are replaced.
    private const int MaxKept = 100_000;

    private readonly ConcurrentDictionary<(string PodUid, string Protocol, string Id), DateTimeOffset> _gone = new();
    private DateTimeOffset _sweepAt;

    internal int Count => _gone.Count;

    /// <summary>Whether that registration was removed within the last 30 s and was not made again since.</summary>
    public bool IsGone(string podUid, string protocol, string id) =>
        !_gone.IsEmpty && _gone.TryGetValue((podUid, protocol, id), out var until) && until > time.GetSteadyNow();

    /// <summary>The registration was removed by a call.</summary>
    public void Removed(string podUid, string protocol, string id)
    {
        Sweep();
        if (_gone.Count < MaxKept)
            _gone[(podUid, protocol, id)] = time.GetSteadyNow() + KnownFor;
    }

    /// <summary>The client registered.</summary>
    public void Registered(string podUid, string protocol, string id)
    {
        if (!_gone.IsEmpty)
            _gone.TryRemove((podUid, protocol, id), out _);
    }

    /// <summary>Compares the pods that changed, before their next state is published.</summary>
    internal void Observe(RegistrySnapshot former, RegistrySnapshot next, IReadOnlyCollection<ObjectKey> changedPods)
    {
        foreach (var pod in changedPods)
        {
            // Without the pod there is no caller that could beat; another pod of that name has no part in it.
            if (!next.Pods.TryGetValue(pod, out var after))
                continue;
            var before = former.Pods.GetValueOrDefault(pod);
            var uid = after.Pod.Metadata.Uid;
            if (before?.Pod.Metadata.Uid == uid && !ReferenceEquals(before.AsRead, after.AsRead))
            {
                foreach (var alias in Of(before.AsRead).Where(alias => !Of(after.AsRead).Any(one => IsSame(one, alias))))
                    Removed(uid, alias.Protocol, alias.Id);
            }

            if (_gone.IsEmpty)
                continue;
            foreach (var alias in Of(after.AsRead))
                Registered(uid, alias.Protocol, alias.Id);
        }
    }

    private static IEnumerable<ClientAlias> Of(PodRecords records)
    {
        foreach (var record in records.Registrations)
        {
            foreach (var alias in record.Clients)
                yield return alias;
        }
    }

    private static bool IsSame(ClientAlias one, ClientAlias other) => one.Protocol == other.Protocol && one.Id == other.Id;

    private void Sweep()
    {
        var now = time.GetSteadyNow();
        if (_sweepAt > now)
            return;
        _sweepAt = now + KnownFor;
        foreach (var (key, until) in _gone)
        {
            if (until <= now)
                _gone.TryRemove(key, out _);
        }
    }
}
