using BenchmarkDotNet.Attributes;
using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Parts;

/// <summary>A heartbeat of each of 10,000 leases.</summary>
[MemoryDiagnoser]
public class LeaseBenchmarks
{
    private const int Leases = 10_000;
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(10);

    private readonly string[] _ids = [.. Enumerable.Range(0, Leases).Select(static number => $"lease-{number}")];
    private readonly GatewayMetrics _metrics = new();
    private MemoryLeaseStore _store = null!;

    [GlobalSetup]
    public void Prepare()
    {
        var loops = new LoopSupervisor(new SupervisionOptions(), _metrics, TimeProvider.System, NullLogger<LoopSupervisor>.Instance);
        _store = new MemoryLeaseStore(loops, TimeProvider.System);
        Beat();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _store.Dispose();
        _metrics.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Leases)]
    public void Beat()
    {
        foreach (var id in _ids)
            _store.RenewAsync(id, Ttl, CancellationToken.None).GetAwaiter().GetResult();
    }
}
