using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Redis;

/// <summary>Leases that come and go while Redis is away, which then judges none, leave nothing behind.</summary>
public sealed class RemovedLeasesTests : IAsyncDisposable
{
    private const int Leases = 10_000;

    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly LoopSupervisor _loops;
    private readonly RedisConnection _nothing;
    private readonly RedisLeaseStore _leases;

    public RemovedLeasesTests()
    {
        _loops = Supervised.Loops(_time, _metrics);
        _nothing = new RedisConnection(
            new RedisOptions { Configuration = $"127.0.0.1:{LoopbackPort.Free()}" }, _metrics, _loops, NullLogger<RedisConnection>.Instance, _time);
        _leases = new RedisLeaseStore(_nothing, new LeaseOptions(), _metrics, _time);
    }

    public async ValueTask DisposeAsync()
    {
        _leases.Dispose();
        await _nothing.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task QueriesOfRemovedLeasesDoNotPileUpWhileRedisIsAway()
    {
        await RenewAsync("stays");
        for (var number = 0; number < Leases; number++)
        {
            await RenewAsync($"lease-{number}");
            _leases.Forget($"lease-{number}");
        }

        _leases.Queries.ShouldBeLessThan(Leases / 5);
        _leases.StateOf("stays").IsKnown.ShouldBeTrue();
    }

    [Fact]
    public async Task QueriesOfLivingLeasesStayInTheQueue()
    {
        for (var number = 0; number < Leases; number++)
            await RenewAsync($"lease-{number}");
        for (var number = 0; number < Leases; number++)
        {
            await RenewAsync($"other-{number}");
            _leases.Forget($"other-{number}");
        }

        _leases.Queries.ShouldBeGreaterThanOrEqualTo(Leases);
    }

    private async Task RenewAsync(string id) => await _leases.RenewAsync(id, Ttl, TestContext.Current.CancellationToken);
}
