using BenchmarkDotNet.Attributes;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Parts;

/// <summary>A first sync of a whole cluster, and one change of a pod in it.</summary>
[MemoryDiagnoser]
public class RegistryBenchmarks
{
    private readonly GatewayMetrics _metrics = new();
    private Pod[] _pods = [];
    private Cluster _synced = null!;
    private ulong _version = 1;
    private int _change;

    [Params(1_000, 100_000)]
    public int Pods { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _pods = [.. Enumerable.Range(0, Pods).Select(number => Pod(number, isReady: true))];
        _synced = new Cluster(_metrics, _pods, _version);
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
        using var cluster = new Cluster(_metrics, _pods, _version);
    }

    [Benchmark]
    public void OneChange()
    {
        _change++;
        _synced.Change(Pod(_change % Pods, isReady: _change / Pods % 2 == 1), _version);
    }

    private Pod Pod(int number, bool isReady)
    {
        var pod = Shop.Pod($"pod-{number}", $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}", $"service-{number % (Pods / 50)}");
        return pod with { Ready = isReady, Metadata = pod.Metadata with { Version = ++_version } };
    }

    /// <summary>What the informers hold, and the projector that follows it.</summary>
    private sealed class Cluster : IDisposable
    {
        private readonly ObjectStore<Pod> _pods = new();
        private readonly ObjectStore<Service> _services = new();
        private readonly ObjectStore<EndpointSlice> _slices = new();
        private readonly ObjectStore<Node> _nodes = new();
        private readonly RegistryState _state = new(RevisionLayout.WholeCluster, TimeProvider.System);
        private readonly RegistryProjector _projector;

        public Cluster(GatewayMetrics metrics, Pod[] pods, ulong version)
        {
            var feeds = new RegistryFeeds
            {
                Pods = [new("", _pods)],
                Services = [new("", _services)],
                Slices = [new("", _slices)],
                Endpoints = [],
                Nodes = _nodes,
                IsLost = static () => false,
            };
            _projector = new RegistryProjector(
                _state, feeds, new PodRecordReader(new AnnotationOptions()), new NoLeases(), new MemoryPostLog(), metrics,
                NullLogger<RegistryProjector>.Instance, TimeProvider.System, null);
            _pods.Replace(pods, version);
            _services.Replace([], version);
            _slices.Replace([], version);
            _nodes.Replace([], version);
            _projector.Fold();
        }

        public int Instances => _state.Current.Instances.Count;

        public void Change(Pod pod, ulong version)
        {
            _pods.Put(pod, version);
            _projector.Fold();
        }

        public void Dispose() => _projector.Dispose();
    }
}
