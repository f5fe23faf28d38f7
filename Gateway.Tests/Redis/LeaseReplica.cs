using System.Collections.Concurrent;
using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Redis;

namespace Gateway.Tests.Redis;

/// <summary>The leases of one replica, running; remembers every lease that lapsed at it.</summary>
internal sealed class LeaseReplica : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, bool> _everLapsed = new();
    private readonly Task _running;

    private LeaseReplica(RedisConnection connection)
    {
        Connection = connection;
        Leases = new RedisLeaseStore(connection, new LeaseOptions(), new GatewayMetrics(), TimeProvider.System);
        Leases.Changed += ids =>
        {
            foreach (var id in ids.Where(id => Leases.StateOf(id).HasLapsed))
                _everLapsed[id] = true;
        };
        _running = Task.WhenAll(Leases.RunAsync(_ending.Token), new RedisExchange(connection, TimeProvider.System, Leases).RunAsync(_ending.Token));
    }

    public RedisConnection Connection { get; }

    public RedisLeaseStore Leases { get; }

    public IEnumerable<string> EverLapsed => _everLapsed.Keys;

    public static async Task<LeaseReplica> StartAsync(RedisUnderTest redis) => new(await redis.ConnectAsync());

    public Task RenewAsync(string id, TimeSpan ttl) => Leases.RenewAsync(id, ttl, CancellationToken.None).AsTask().Within();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        Leases.Dispose();
        await Connection.DisposeAsync();
        _ending.Dispose();
    }
}
