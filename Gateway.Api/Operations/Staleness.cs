using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Registry;

namespace Gateway.Api.Operations;

/// <summary>Holds the time since which the API server has been lost. Written on the cache's state changes, read by scrapes.</summary>
internal sealed class Staleness
{
    private const long Followed = -1;

    private readonly ClusterCache _cache;
    private readonly TimeProvider _time;
    private long _lostAt = Followed;

    public Staleness(ClusterCache cache, RegistryState state, GatewayMetrics metrics, TimeProvider time)
    {
        (_cache, _time) = (cache, time);
        cache.ConditionChanged += Update;
        Update();
        metrics.ObserveCondition(() => state.Current.HasSynced, () => Current.TotalSeconds);
    }

    /// <summary>Zero while the cluster is being watched.</summary>
    public TimeSpan Current => Interlocked.Read(ref _lostAt) is var lostAt && lostAt == Followed ? TimeSpan.Zero : _time.GetElapsedTime(lostAt);

    private void Update()
    {
        if (_cache.IsLost)
            Interlocked.CompareExchange(ref _lostAt, _time.GetTimestamp(), Followed);
        else
            Interlocked.Exchange(ref _lostAt, Followed);
    }
}
