using System.Collections.Immutable;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// The services whose projection throws. Each keeps its last good state, is reported, and is tried again: at once a few times, then whenever it is
/// touched and at <see cref="RetryAfter"/>; the other services go on. A failure of most services is one of the projector: it ends the round. Written
/// by the projector's thread alone.
/// </summary>
internal sealed class UnprojectedServices(GatewayMetrics metrics, ILogger logger, TimeProvider time)
{
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    // A fault that came from outside (a store, a race) is gone by then.
    private const int TriedAtOnce = 3;

    // However small the registry is, so many may fail.
    private const int AlwaysIsolated = 16;

    private readonly LogPace _pace = new(time);
    private readonly Dictionary<ServiceKey, int> _tries = [];
    private long _retryAt;

    /// <summary>What each of them failed with; the same object while nothing changes.</summary>
    public ImmutableDictionary<ServiceKey, string> Reported { get; private set; } = ImmutableDictionary<ServiceKey, string>.Empty;

    /// <summary>Some failed for the first times: the next round should come at once.</summary>
    public bool WantsRound { get; private set; }

    /// <summary>Whether it is time for the next try. Any thread.</summary>
    public bool IsDue => Volatile.Read(ref _retryAt) is not 0 and var at && time.GetTimestamp() >= at;

    /// <summary>Whether the failure concerns the one item that was computed. What remains ends the round, or the process.</summary>
    public static bool IsOfItem(Exception failure) => failure is not (BrokenInvariantException or OutOfMemoryException);

    /// <summary>Call at the start of a round: the services that must be tried in it.</summary>
    public IReadOnlyCollection<ServiceKey> Begin(bool isRepair)
    {
        if (_tries.Count == 0)
            return [];
        if (!isRepair && !WantsRound && !IsDue)
            return [];
        WantsRound = false;
        return [.. _tries.Keys];
    }

    public void Failed(ServiceKey service, Exception failure, int known)
    {
        var tries = _tries.GetValueOrDefault(service) + 1;
        _tries[service] = tries;
        if (_tries.Count > Math.Max(AlwaysIsolated, known / 2))
            throw new InvalidOperationException($"{_tries.Count} of {known} services cannot be projected.", failure);
        Reported = Reported.SetItem(service, failure.GetType().Name);
        WantsRound |= tries < TriedAtOnce;
        Volatile.Write(ref _retryAt, time.GetTimestamp() + (long)(RetryAfter.TotalSeconds * time.TimestampFrequency));
        metrics.RegistryProjectionFailures.Add(1);
        if (_pace.Allows(service.ToString(), out var leftOut))
            RegistryLog.ServiceUnprojected(logger, failure, service, leftOut);
    }

    public void Succeeded(ServiceKey service)
    {
        if (!_tries.Remove(service))
            return;
        Reported = Reported.Remove(service);
        if (_tries.Count == 0)
            Volatile.Write(ref _retryAt, 0);
        RegistryLog.ServiceProjectedAgain(logger, service);
    }

    public void Report() => metrics.RegistryUnprojected.Record(_tries.Count);
}
