using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Registry;

/// <summary>A projector over real stores that the test writes itself; nothing moves before <see cref="Fold"/> (or a running loop).</summary>
internal sealed class ProjectedRegistry : IDisposable
{
    private readonly GatewayMetrics _metrics;
    private ulong _version = 100;

    public ProjectedRegistry(
        ILogger<RegistryProjector>? logger = null, AnnotationOptions? options = null, NameMapping? mapping = null, MemoryApplicationStore? applications = null,
        bool reservesNames = true, bool watchesEveryPod = true, MetricsRecorder? recorder = null, HistoryOptions? history = null,
        PodRecordReader? reader = null, ObjectStore<Pod>? pods = null)
    {
        Pods = pods ?? new();
        _metrics = new GatewayMetrics(recorder);
        Applications = applications ?? new MemoryApplicationStore(new(), Time);
        State = new RegistryState(RevisionLayout.WholeCluster, Time);
        Leases = new MemoryLeaseStore(Supervised.Loops(Time, _metrics), Time);
        var feeds = new RegistryFeeds
        {
            Pods = [new("", Pods)],
            Services = [new("", Services)],
            Slices = [new("", Slices)],
            Endpoints = [],
            Nodes = Nodes,
            ReservesNames = reservesNames,
            WatchesEveryPod = watchesEveryPod,
            IsLost = () =>
            {
                OnRound?.Invoke();
                return IsLost;
            },
        };
        Projector = new RegistryProjector(
            State, feeds, reader ?? new PodRecordReader(options ?? new AnnotationOptions()), new PoisonedLeases(Leases, Poisoned), Posts, _metrics, logger ?? NullLogger<RegistryProjector>.Instance,
            Time, mapping, Applications);
        History = new RegistryHistory(history ?? new HistoryOptions(), Time);
        Projector.Publishing += History.Record;
        Projector.ConfirmationNeeded += Confirmations.Add;
    }

    public ManualTimeProvider Time { get; } = new(Given.Noon);
    public ObjectStore<Pod> Pods { get; }
    public ObjectStore<Service> Services { get; } = new();
    public ObjectStore<EndpointSlice> Slices { get; } = new();
    public ObjectStore<Node> Nodes { get; } = new();
    public MemoryLeaseStore Leases { get; }
    public MemoryApplicationStore Applications { get; }
    public MemoryPostLog Posts { get; } = new();
    public RegistryState State { get; }
    public RegistryHistory History { get; }
    public RegistryProjector Projector { get; }
    public List<RestartConfirmation> Confirmations { get; } = [];
    public bool IsLost { get; set; }

    /// <summary>Ids of records whose lease cannot be asked for: the projection of their service throws.</summary>
    public HashSet<string> Poisoned { get; } = [];

    /// <summary>Called by every round before it drains anything; it may hang.</summary>
    public Action? OnRound { get; set; }

    /// <summary>Everything was listed and is empty.</summary>
    public static ProjectedRegistry Synced(params IKubernetesObject[] objects)
    {
        var registry = new ProjectedRegistry();
        registry.Sync();
        registry.Put(objects);
        registry.Fold();
        return registry;
    }

    public void Sync()
    {
        Pods.Replace([], _version);
        Services.Replace([], _version);
        Slices.Replace([], _version);
        Nodes.Replace([], _version);
    }

    /// <summary>Writes objects as the API server would, each with a version of its own; answers the last one.</summary>
    public ulong Put(params IKubernetesObject[] objects)
    {
        foreach (var one in objects)
        {
            var version = ++_version;
            switch (one)
            {
                case Pod pod: Pods.Put(pod with { Metadata = pod.Metadata with { Version = version } }, version); break;
                case Core.Kubernetes.Models.Service service: Services.Put(service with { Metadata = service.Metadata with { Version = version } }, version); break;
                case EndpointSlice slice: Slices.Put(slice with { Metadata = slice.Metadata with { Version = version } }, version); break;
                case Node node: Nodes.Put(node, version); break;
                default: throw new ArgumentException("no store for " + one);
            }
        }

        return _version;
    }

    public ulong Delete(IKubernetesObject one)
    {
        var (key, version) = (one.Metadata.Key, ++_version);
        switch (one)
        {
            case Pod: Pods.Remove(key, version); break;
            case Core.Kubernetes.Models.Service: Services.Remove(key, version); break;
            default: Slices.Remove(key, version); break;
        }

        return version;
    }

    public RegistrySnapshot Fold()
    {
        Projector.Fold();
        return State.Current;
    }

    public RegistrySnapshot Fold(params IKubernetesObject[] objects)
    {
        Put(objects);
        return Fold();
    }

    public ServiceSnapshot Service(string name = "orders") => State.Current.Find(new ServiceKey(Given.Namespace, name));

    /// <summary>All instances of a service, whatever their status.</summary>
    public ImmutableArray<Instance> Instances(string name = "orders") => Service(name).Instances;

    public Instance Only(string name = "orders") => Instances(name).ShouldHaveSingleItem();

    public void Dispose()
    {
        Projector.Dispose();
        Leases.Dispose();
        _metrics.Dispose();
    }
}
