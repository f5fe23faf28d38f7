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

/// <summary>What the informers hold after the first sync of these pods, and the projector that follows it.</summary>
internal sealed class SyncedCluster : IDisposable
{
    private readonly ObjectStore<Pod> _pods = new();
    private readonly RegistryState _state = new(RevisionLayout.WholeCluster, TimeProvider.System);
    private readonly RegistryProjector _projector;

    public SyncedCluster(GatewayMetrics metrics, Pod[] pods, ulong version)
    {
        var (services, slices, nodes) = (new ObjectStore<Service>(), new ObjectStore<EndpointSlice>(), new ObjectStore<Node>());
        var feeds = new RegistryFeeds
        {
            Pods = [new("", _pods)],
            Services = [new("", services)],
            Slices = [new("", slices)],
            Endpoints = [],
            Nodes = nodes,
            IsLost = static () => false,
        };
        _projector = new RegistryProjector(
            _state, feeds, new PodRecordReader(new AnnotationOptions()), new NoLeases(), new MemoryPostLog(), metrics,
            NullLogger<RegistryProjector>.Instance, TimeProvider.System, null);
        _pods.Replace(pods, version);
        services.Replace([], version);
        slices.Replace([], version);
        nodes.Replace([], version);
        _projector.Fold();
    }

    public int Instances => _state.Current.Instances.Count;

    /// <summary>A pod arrives as another version of itself.</summary>
    public bool Change(Pod pod, ulong version)
    {
        _pods.Put(pod, version);
        return _projector.Fold();
    }

    public void Dispose() => _projector.Dispose();
}
