using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Supervision;
using Gateway.Core.Upkeep;
using Gateway.Emulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Registration;

/// <summary>A gateway process without its HTTP side: client, informers, projector and write path over an emulated cluster, in real time.</summary>
internal sealed class LiveReplica : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly KubernetesApi _api;
    private readonly RegistryProjector _projector;
    private readonly MemoryLeaseStore _leases;
    private readonly Task _running;

    public LiveReplica(EmulatedCluster cluster, string name, TimeSpan? foldTimeout = null)
    {
        var time = TimeProvider.System;
        var kubernetes = new KubernetesOptions { InstanceName = name };
        var (annotations, identity, access, limits) = (new AnnotationOptions(), new IdentityOptions(), new AccessOptions(), new RegistrationOptions());
        limits.VisibilityTimeout = foldTimeout ?? limits.VisibilityTimeout;
        var reader = new PodRecordReader(annotations);
        _api = new KubernetesApi(new ClusterConnection { BaseAddress = cluster.Url, NeverUsesProxy = true }, kubernetes, _metrics, time, reader.KeepsKey);
        var loops = Supervised.Loops(time, _metrics);
        _leases = new MemoryLeaseStore(loops, time);
        var informers = new ClusterInformers(_api, kubernetes, _metrics, NullLoggerFactory.Instance);
        var posts = new MemoryPostLog();
        Registry = new RegistryState(RevisionLayout.WholeCluster, time);
        _projector = new RegistryProjector(
            Registry, RegistryFeeds.Of(informers.Cache), reader, _leases, posts, _metrics, NullLogger<RegistryProjector>.Instance, time);
        informers.Cache.Changed += _projector.Wake;
        informers.Cache.ConditionChanged += _projector.Wake;

        var view = new ClusterView(informers.Cache, kubernetes, annotations);
        var calls = new ReviewCalls(_api, identity, time, _metrics, NullLogger<ReviewCalls>.Instance);
        var live = new LivePods(_api, calls);
        var clients = new ClientAddressReader(identity);
        var reviewer = new AccessReviewer(access, calls, time);
        Callers = new CallerResolver(
            identity, new TokenAuthenticator(identity, calls, view, time, _metrics, NullLogger<TokenAuthenticator>.Instance), new SourceAddressIdentifier(clients, view), clients, reviewer, view, live);
        var mirrors = new MirrorSettings(annotations, access, view);
        var writer = new PodAnnotationWriter(
            new PodPatcher(_api, _api, new PodPlanner(annotations, mirrors), view, limits, time, _metrics, NullLogger<PodPatcher>.Instance), limits, annotations, time, _metrics, loops);
        var audit = new RegistrationAudit(annotations, _metrics, NullLogger<RegistrationAudit>.Instance);
        var names = new NameRule(access, reviewer, view);
        var misses = new MissLimit(limits, time);
        var search = new RegistrationSearch(new LivePodSearch(_api, kubernetes, annotations, reader, loops, time), reviewer, misses, limits, time);
        var registrationAccess = new RegistrationAccess(Callers, names, search, misses, Registry, view, time);
        var visibility = new WriteVisibility(Registry, _leases, posts, view, names, limits, _metrics, time);
        Reads = new RegistrationReader(registrationAccess, Registry, reader, new PodPlanner(annotations, mirrors), visibility);
        var renewals = new RegistrationLeases(registrationAccess, Reads, _leases, posts, new LeaseOptions(), loops);
        Service = new RegistrationService(
            registrationAccess, new RegistrationEdits(annotations, reader, mirrors, names), writer, renewals, visibility, audit, time);
        _projector.ConfirmationNeeded += new RestartConfirmer(writer, annotations, audit, loops, NullLogger<RestartConfirmer>.Instance).Confirm;
        _running = loops.RunAsync([.. informers.Loops, new BackgroundLoop("projector", _projector.RunAsync)], _ending.Token);
    }

    public RegistryState Registry { get; }
    public CallerResolver Callers { get; }
    public RegistrationService Service { get; }
    public RegistrationReader Reads { get; }

    public async Task<LiveReplica> SyncedAsync()
    {
        (await Registry.WaitForSyncAsync(Patience.Limit)).ShouldNotBeNull();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        _projector.Dispose();
        _leases.Dispose();
        _api.Dispose();
        _metrics.Dispose();
        _ending.Dispose();
    }
}
