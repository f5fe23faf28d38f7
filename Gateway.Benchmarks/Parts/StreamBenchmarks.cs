using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Subscriptions;

namespace Gateway.Benchmarks.Parts;

/// <summary>What an event costs its first stream, which encodes it, and every other, which shares it.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    private readonly InstanceProjection _projection = new(new NoLeases(), new MemoryPostLog());
    private Instance _instance = null!;
    private ImmutableArray<Instance> _instances;
    private StreamView _view = null!;

    [Params(10, 1000)]
    public int Instances { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _instances = [.. Enumerable.Range(0, Instances).Select(i => _projection.FromRecordAlone(Shop.Pod($"pod-{i}", "10.0.0.1"), Shop.Record($"pod-{i}"), static _ => "zone-a")).OrderBy(static one => one.Id, StringComparer.Ordinal)];
        _instance = _instances[0];
        _view = Fresh();
        _ = _view.Snapshot(isStale: false);
    }

    [Benchmark(Baseline = true)]
    public object EncodeOneChange() => EventFrame.OfChange(ChangeKind.Modified, _instance, InstanceFormat.Native);

    [Benchmark]
    public object EncodeASnapshot() => Fresh().Snapshot(isStale: false);

    [Benchmark]
    public object ShareASnapshot() => _view.Snapshot(isStale: false);

    private StreamView Fresh()
    {
        var key = new ServiceKey(Shop.Namespace, Shop.Orders);
        return new StreamView(new ServiceSnapshot(key, Revision.Empty(RevisionLayout.WholeCluster), 1, _instances).View(LookupFilter.Default));
    }
}
