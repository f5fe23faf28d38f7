using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Supervision;
using Gateway.Core.Upkeep;
using Gateway.Tests.Identity;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Registration;

/// <summary>
/// The write path of one gateway process over a shared API server. It follows that server at once, or, while <see cref="Stall"/>ed, sees
/// nothing more of it.
/// </summary>
internal sealed class Replica : IPodSearch, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, PodEntry> _entries = [];
    private readonly InstanceProjection _projection;
    private bool _isStalled;
    private ulong _version;
    private ulong _sequence;

    public Replica(
        MemoryApiServer server, TimeProvider time, Action<AnnotationOptions>? annotations = null, Action<AccessOptions>? access = null,
        Action<LeaseOptions>? leases = null, Action<RegistrationOptions>? limits = null)
    {
        Server = server;
        Time = time;
        annotations?.Invoke(Annotations);
        access?.Invoke(Access);
        leases?.Invoke(LeaseOptions);
        limits?.Invoke(Limits);
        Loops = Supervised.Loops(time, Metrics, LoopLog);
        Leases = new MemoryLeaseStore(Loops, time);
        Registry = new RegistryState(RevisionLayout.WholeCluster, time);
        _projection = new InstanceProjection(Leases, Posts);
        Reader = new PodRecordReader(Annotations);
        var calls = new ReviewCalls(server, Identity, time, Metrics, NullLogger<ReviewCalls>.Instance);
        var live = new LivePods(server, calls);
        var clients = new ClientAddressReader(Identity);
        var tokens = new TokenAuthenticator(Identity, calls, View, time, Metrics, NullLogger<TokenAuthenticator>.Instance);
        var reviewer = new AccessReviewer(Access, calls, time);
        var resolver = new CallerResolver(Identity, tokens, new SourceAddressIdentifier(clients, View), clients, reviewer, View, live);
        Mirrors = new MirrorSettings(Annotations, Access, View);
        Planner = new PodPlanner(Annotations, Mirrors);
        Audit = new RegistrationAudit(Annotations, Metrics, AuditLog);
        Writer = new PodAnnotationWriter(
            new PodPatcher(server, server, Planner, View, Limits, time, Metrics, NullLogger<PodPatcher>.Instance), Limits, Annotations, time, Metrics, Loops);
        var names = new NameRule(Access, reviewer, View);
        var misses = new MissLimit(Limits, time);
        RegistrationAccess = new RegistrationAccess(resolver, names, new RegistrationSearch(this, reviewer, misses, Limits, time), misses, Registry, View, time);
        Visibility = new WriteVisibility(Registry, Leases, Posts, View, names, Limits, Metrics, time);
        Reads = new RegistrationReader(RegistrationAccess, Registry, Reader, Planner, Visibility);
        Edits = new RegistrationEdits(Annotations, Reader, Mirrors, names);
        Renewals = RenewalsOf(Leases);
        Service = ServiceOf(Renewals);
        Confirmer = new RestartConfirmer(Writer, Annotations, Audit, Loops, NullLogger<RestartConfirmer>.Instance);
        server.Changed += (pod, lives) => See(pod, lives);
        Posts.Noted += _ => Publish();
        Publish();
    }

    public MemoryApiServer Server { get; }
    public TimeProvider Time { get; }
    public GatewayMetrics Metrics { get; } = new();

    /// <summary>What the write path begins beside calls.</summary>
    public LoopSupervisor Loops { get; }

    public AnnotationOptions Annotations { get; } = new();
    public AccessOptions Access { get; } = new();
    public IdentityOptions Identity { get; } = new();
    public LeaseOptions LeaseOptions { get; } = new();
    public RegistrationOptions Limits { get; } = new();
    public MemoryClusterView View { get; } = new();
    public MemoryLeaseStore Leases { get; }
    public MemoryPostLog Posts { get; } = new();
    public RegistryState Registry { get; }
    public PodRecordReader Reader { get; }
    public RegistrationAudit Audit { get; }

    /// <summary>Every audit line.</summary>
    public LogBookOf<RegistrationAudit> AuditLog { get; } = new();
    public LogBookOf<LoopSupervisor> LoopLog { get; } = new();
    public MirrorSettings Mirrors { get; }
    public PodPlanner Planner { get; }
    public PodAnnotationWriter Writer { get; }
    public RegistrationService Service { get; }
    public RegistrationAccess RegistrationAccess { get; }
    public RegistrationEdits Edits { get; }
    public WriteVisibility Visibility { get; }
    public RegistrationReader Reads { get; }
    public RegistrationLeases Renewals { get; }
    public RestartConfirmer Confirmer { get; }

    /// <summary>What the projector would report; the test decides whether anybody acts on it.</summary>
    public List<RestartConfirmation> Confirmations { get; } = [];

    public IReadOnlyCollection<string> Namespaces => [];

    public int Searches { get; private set; }

    public RegistrationLeases RenewalsOf(ILeaseStore leases) => new(RegistrationAccess, Reads, leases, Posts, LeaseOptions, Loops);

    /// <summary>The write path over other leases.</summary>
    public RegistrationService ServiceOf(RegistrationLeases leases) => new(RegistrationAccess, Edits, Writer, leases, Visibility, Audit, Time);

    public void Stall()
    {
        lock (_gate)
            _isStalled = true;
    }

    public Task<PodName?> FindAsync(RegistrationId id, CancellationToken cancel)
    {
        Searches++;
        var held = _entries.Keys.Select(key => Server.Read(key.Namespace, key.Name)).FirstOrDefault(pod => pod.Metadata.Annotations.ContainsKey(Annotations.KeyOf(id)));
        return Task.FromResult(held is null ? null : new PodName(held.Metadata.Namespace, held.Metadata.Name));
    }

    public void Dispose()
    {
        Leases.Dispose();
        Metrics.Dispose();
    }

    private void See(Pod pod, bool lives)
    {
        lock (_gate)
        {
            if (_isStalled)
                return;
            _version = pod.Metadata.Version;
            if (lives)
            {
                _entries[pod.Metadata.Key] = new PodEntry(pod, Reader.Read(pod));
                View.Pods[pod.Metadata.Key] = pod;
            }
            else
            {
                _entries.Remove(pod.Metadata.Key);
                View.Pods.TryRemove(pod.Metadata.Key, out _);
            }
        }

        Publish();
    }

    private void Publish()
    {
        lock (_gate)
        {
            var instances = new InstanceTable.Builder(InstanceTable.Empty);
            var services = _entries.Values.SelectMany(static entry => entry.Records.Registrations.Select(record => (Entry: entry, record.Key)))
                .GroupBy(static one => new ServiceKey(one.Key.Namespace, one.Key.Service), static one => one.Entry);
            foreach (var service in services)
            {
                var projected = _projection.Project(new ServiceInputs
                {
                    Key = service.Key,
                    Pods = [.. service.Distinct()],
                    FindPod = key => _entries.GetValueOrDefault(key),
                    ZoneOf = static _ => null,
                });
                Confirmations.AddRange(projected.Confirmations);
                foreach (var instance in projected.Instances)
                    instances.Set(instance);
            }

            Registry.Publish(
                new RegistrySnapshot(RevisionLayout.WholeCluster)
                {
                    HasSynced = true,
                    Sequence = ++_sequence,
                    Revision = Revision.Empty(RevisionLayout.WholeCluster)
                        .Raise(new RevisionPart(RevisionLayout.WholeCluster.IndexOf(WatchedKind.Pods, ""), 0, _version)).At(1, _sequence),
                    Pods = PodTable.Of(_entries.Values),
                    Instances = instances.ToTable(),
                },
                []);
        }
    }
}
