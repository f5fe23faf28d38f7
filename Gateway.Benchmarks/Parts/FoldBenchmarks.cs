using BenchmarkDotNet.Attributes;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Native;
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

/// <summary>What the readiness change of one pod costs that has many records: twice as many must cost less than three times as much.</summary>
[MemoryDiagnoser]
public class FoldBenchmarks
{
    private readonly ObjectStore<Pod> _pods = new();
    private readonly GatewayMetrics _metrics = new();
    private RegistryProjector _projector = null!;
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
        var (services, slices) = (new ObjectStore<Service>(), new ObjectStore<EndpointSlice>());
        var feeds = new RegistryFeeds { Pods = [new("", _pods)], Services = [new("", services)], Slices = [new("", slices)] };
        _projector = new RegistryProjector(
            new RegistryState(RevisionLayout.WholeCluster, TimeProvider.System), feeds, new PodRecordReader(new AnnotationOptions()), new NoLeases(), new MemoryPostLog(), _metrics,
            NullLogger<RegistryProjector>.Instance, TimeProvider.System);
        var pod = Shop.Pod("pod-1", "10.0.0.1");
        var annotations = Enumerable.Range(1, Records).Select(number =>
        {
            var key = new RegistrationKey(Shop.Namespace, OneService ? "orders" : $"service-{number}", "", "", "http", number);
            return new RegistrationRecord { Id = key.IdFor(pod.Metadata.Uid), Key = key, Source = InstanceSource.Gateway };
        }).ToDictionary(static record => $"registry-gateway.io/{record.Id}", static record => NativeFormat.Write(record));
        _pod = pod with { Metadata = pod.Metadata with { Annotations = annotations } };
        _pods.Replace([_pod], _version);
        services.Replace([], 1);
        slices.Replace([], 1);
        _projector.Fold();
    }

    [Benchmark]
    public bool ReadinessOfAPodWithManyRecords()
    {
        _pod = _pod with { Ready = !_pod.Ready, Metadata = _pod.Metadata with { Version = ++_version } };
        _pods.Put(_pod, _version);
        return _projector.Fold();
    }
}
