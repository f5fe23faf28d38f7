using BenchmarkDotNet.Attributes;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Benchmarks.Parts;

/// <summary>A first sync of a whole cluster, and one change of a pod in it.</summary>
[MemoryDiagnoser]
public class RegistryBenchmarks
{
    private readonly GatewayMetrics _metrics = new();
    private Pod[] _pods = [];
    private SyncedCluster _synced = null!;
    private ulong _version = 1;
    private int _change;

    [Params(1_000, 100_000)]
    public int Pods { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _pods = [.. Enumerable.Range(0, Pods).Select(number => Pod(number, isReady: true))];
        _synced = new SyncedCluster(_metrics, _pods, _version);
        if (_synced.Instances != Pods)
            throw new InvalidOperationException($"{_synced.Instances} instances of {Pods}");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _synced.Dispose();
        _metrics.Dispose();
    }

    [Benchmark]
    public void FirstSync()
    {
        using var cluster = new SyncedCluster(_metrics, _pods, _version);
    }

    [Benchmark]
    public void OneChange()
    {
        _change++;
        _synced.Change(Pod(_change % Pods, isReady: _change / Pods % 2 == 1), _version);
    }

    private Pod Pod(int number, bool isReady)
    {
        var pod = Shop.Pod($"pod-{number}", Shop.AddressOf(number), $"service-{number % (Pods / 50)}");
        return pod with { Ready = isReady, Metadata = pod.Metadata with { Version = ++_version } };
    }
}
