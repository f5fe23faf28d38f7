using BenchmarkDotNet.Attributes;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Benchmarks.Parts;

/// <summary>What the readiness change of one pod costs that has many records: twice as many must cost less than three times as much.</summary>
[MemoryDiagnoser]
public class FoldBenchmarks
{
    private readonly GatewayMetrics _metrics = new();
    private SyncedCluster _cluster = null!;
    private Pod _pod = null!;
    private ulong _version = 1;

    [Params(250, 500, 1000)]
    public int Records { get; set; }

    /// <summary>All records under one name, or each under its own.</summary>
    [Params(false, true)]
    public bool OneService { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var pod = Shop.Pod("pod-1", "10.0.0.1");
        var annotations = Enumerable.Range(1, Records).Select(number =>
        {
            var key = new RegistrationKey(Shop.Namespace, OneService ? "orders" : $"service-{number}", "", "", "http", number);
            return new RegistrationRecord { Id = key.IdFor(pod.Metadata.Uid), Key = key, Source = InstanceSource.Gateway };
        }).ToDictionary(static record => $"registry-gateway.io/{record.Id}", static record => NativeFormat.Write(record));
        _pod = pod with { Metadata = pod.Metadata with { Annotations = annotations } };
        _cluster = new SyncedCluster(_metrics, [_pod], _version);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _cluster.Dispose();
        _metrics.Dispose();
    }

    [Benchmark]
    public bool ReadinessOfAPodWithManyRecords()
    {
        _pod = _pod with { Ready = !_pod.Ready, Metadata = _pod.Metadata with { Version = ++_version } };
        return _cluster.Change(_pod, _version);
    }
}
