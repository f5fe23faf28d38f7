using BenchmarkDotNet.Attributes;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Benchmarks.Parts;

/// <summary>What one change of a service costs: which instances it has, in which state, and why.</summary>
[MemoryDiagnoser]
public class ProjectionBenchmarks
{
    private readonly InstanceProjection _projection = new(new NoLeases(), new MemoryPostLog());
    private readonly PodRecordReader _reader = new(new AnnotationOptions());
    private ServiceInputs _inputs = null!;
    private Pod _pod = null!;

    [Params(10, 100, 1000, 5000)]
    public int Pods { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var pods = Enumerable.Range(0, Pods).Select(static i => Shop.Pod($"pod-{i}", Shop.AddressOf(i))).ToList();
        var entries = pods.ToDictionary(static pod => pod.Metadata.Key, pod => new PodEntry(pod, _reader.Read(pod)));
        _pod = pods[0];
        _inputs = new ServiceInputs
        {
            Key = new ServiceKey(Shop.Namespace, Shop.Orders),
            Service = Shop.Service(),
            Slices = [.. Enumerable.Range(0, Pods).Chunk(100).Select(static (part, number) =>
                Shop.Slice($"orders-{number}", part.Select(static i => Shop.Endpoint($"pod-{i}", Shop.AddressOf(i)))))],
            Pods = [.. entries.Values],
            FindPod = key => entries.GetValueOrDefault(key),
            ZoneOf = static _ => "zone-a",
        };
    }

    [Benchmark]
    public object ProjectAService() => _projection.Project(_inputs);

    [Benchmark]
    public object ReadThePodThatChanged() => _reader.Read(_pod);
}
