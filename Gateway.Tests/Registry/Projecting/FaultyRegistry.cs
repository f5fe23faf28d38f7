using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// A projector of which everything around it may fail at any call: feeds, leases, POST times, applications, log, metrics, time, and those whom it
/// tells. The stores behind the feeds are real.
/// </summary>
internal sealed class FaultyRegistry : IMeterFactory
{
    private readonly Faults _faults;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _gauges = [];
    private readonly GatewayMetrics _metrics;
    private readonly RegistryProjector _projector;
    private readonly ManualTimeProvider _time = new(Given.Noon);
    private readonly HashSet<ObjectKey> _toldPods = [];
    private readonly HashSet<string> _confirmed = [];
    private Meter? _meter;
    private bool _isFolding;

    public FaultyRegistry(Faults faults)
    {
        _faults = faults;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Point();
            if (instrument is Gauge<long> && instrument.Name is not "registry.revision")
                _gauges[$"{instrument.Name} {string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"))}"] = value;
        });
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Point());
        _listener.Start();
        _metrics = new GatewayMetrics(this);
        State = new RegistryState(RevisionLayout.WholeCluster, _time);
        Leases = new MemoryLeaseStore(Supervised.Loops(_time), _time);
        Applications = new MemoryApplicationStore(new(), _time);
        var feeds = new RegistryFeeds
        {
            Pods = [new("", new FaultyFeed<Pod>(Pods, this))],
            Services = [new("", new FaultyFeed<Service>(Services, this))],
            Slices = [new("", new FaultyFeed<EndpointSlice>(Slices, this))],
            Nodes = new FaultyFeed<Node>(Nodes, this),
            HasSynced = () => Point(() => HasSynced),
            IsLost = () => Point(static () => false),
        };
        _projector = new RegistryProjector(
            State, feeds, new PodRecordReader(new AnnotationOptions()), new FaultyLeases(Leases, this), new FaultyPosts(Posts, this), _metrics, new FaultyLog(this),
            new FaultyTime(_time, this), new NameMapping(new AnnotationOptions(), new NameMappingOptions { Rules = ["{name} -> com.example.{Name}"] }), new FaultyApplications(Applications, this));
        State.OnPublished((snapshot, changed) =>
        {
            Point();
            Told = snapshot;
            foreach (var service in changed)
                ToldServices[service] = snapshot.Find(service).Sequence;
        });
        _projector.PodsChanged += pods =>
        {
            Point();
            _toldPods.UnionWith(pods);
        };
        _projector.ConfirmationNeeded += confirmation =>
        {
            Point();
            _confirmed.Add(confirmation.Record.Id);
        };
    }

    public ObjectStore<Pod> Pods { get; } = new();
    public ObjectStore<Service> Services { get; } = new();
    public ObjectStore<EndpointSlice> Slices { get; } = new();
    public ObjectStore<Node> Nodes { get; } = new();
    public MemoryLeaseStore Leases { get; }
    public MemoryPostLog Posts { get; } = new();
    public MemoryApplicationStore Applications { get; }
    public RegistryState State { get; }
    public bool HasSynced { get; set; }

    /// <summary>Whether two rounds in a row failed with the registry still looking fresh.</summary>
    public bool LookedFreshWhileBroken { get; private set; }

    /// <summary>The snapshot that was told last, and for each service the state that was told of it.</summary>
    public RegistrySnapshot? Told { get; private set; }

    public Dictionary<ServiceKey, ulong> ToldServices { get; } = [];

    /// <summary>Points that were passed.</summary>
    public int Points => _faults.Passed;

    /// <summary>Every pod of which a change was told.</summary>
    public IReadOnlySet<ObjectKey> ToldPods => _toldPods;

    public void Offer(SavedRegistry saved) => _projector.Offer(saved);

    public void Advance(TimeSpan by) => _time.Advance(by);

    /// <summary>Rounds until one has nothing to do. A round that fails is followed by the next, as its supervisor would have it.</summary>
    public void Settle()
    {
        var failures = 0;
        for (var round = 0; round < 10; round++)
        {
            try
            {
                _isFolding = true;
                if (!_projector.Fold())
                    return;
                failures = 0;
            }
            catch (InjectedFaultException)
            {
                LookedFreshWhileBroken |= ++failures > 1 && State.Current is { HasSynced: true, IsStale: false };
            }
            finally
            {
                _isFolding = false;
            }
        }

        throw new InvalidOperationException("The projector does not come to rest.");
    }

    /// <summary>Everything that is known and told, but for numbers that only count rounds.</summary>
    public string Describe()
    {
        var snapshot = State.Current;
        return string.Join('\n',
        [
            $"synced {snapshot.HasSynced} stale {snapshot.IsStale} revision {snapshot.Revision.Shared}",
            .. snapshot.Services.OrderBy(static entry => entry.Key.ToString(), StringComparer.Ordinal).Select(static entry =>
                $"service {entry.Key} fallback {entry.Value.Fallback is not null} beyond {entry.Value.HasUnversionedInputs} origins {string.Join(',', entry.Value.Origins)}: "
                + string.Join(' ', entry.Value.Instances.Select(static instance => JsonSerializer.Serialize(instance with { Metadata = RegistrationRecord.NoMetadata })))),
            $"instances {string.Join(' ', snapshot.Instances.All.Select(static one => one.Id).Order(StringComparer.Ordinal))}",
            $"pods {string.Join(' ', snapshot.Pods.Select(static entry => $"{entry.Key}@{entry.Value.Pod.Metadata.Version}").Order(StringComparer.Ordinal))}",
            $"vanished {string.Join(' ', snapshot.Tombstones.Keys.Select(static key => key.ToString()).Order(StringComparer.Ordinal))}",
            $"told the last {ReferenceEquals(Told, snapshot)} and every service {snapshot.Services.All(entry => ToldServices.GetValueOrDefault(entry.Key) == entry.Value.Sequence)}",
            $"confirmed {string.Join(' ', _confirmed.Order(StringComparer.Ordinal))}",
            $"leases {string.Join(' ', new[] { "kept", "leased", "gone" }.Select(pod => $"{pod}={Leases.StateOf(Given.Record(pod).Id)}"))}",
            .. _gauges.OrderBy(static gauge => gauge.Key, StringComparer.Ordinal).Select(static gauge => $"{gauge.Key} {gauge.Value}"),
        ]);
    }

    Meter IMeterFactory.Create(MeterOptions options) => _meter = new Meter(options);

    public void Dispose()
    {
        _projector.Dispose();
        Leases.Dispose();
        _listener.Dispose();
        _metrics.Dispose();
    }

    // What the test itself does in between is no part of a round.
    private void Point()
    {
        if (_isFolding)
            _faults.Point();
    }

    private T Point<T>(Func<T> call)
    {
        Point();
        var result = call();
        Point();
        return result;
    }

    private void Point(Action call)
    {
        Point();
        call();
        Point();
    }

    private sealed class FaultyFeed<T>(ObjectStore<T> store, FaultyRegistry registry) : IChangeFeed<T>
        where T : class, IKubernetesObject
    {
        public ChangeBatch<T> Drain() => registry.Point(store.Drain);

        public ChangeBatch<T> DrainAll() => registry.Point(store.DrainAll);
    }

    private sealed class FaultyLeases(MemoryLeaseStore leases, FaultyRegistry registry) : ILeaseStore
    {
        public event Action<IReadOnlyCollection<string>>? Changed
        {
            add => leases.Changed += value;
            remove => leases.Changed -= value;
        }

        public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => leases.RenewAsync(id, ttl, cancellationToken);

        public ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken) => leases.RenewAsync(renewals, cancellationToken);

        public void Expect(string id, TimeSpan ttl) => registry.Point(() => leases.Expect(id, ttl));

        public LeaseState StateOf(string id) => registry.Point(() => leases.StateOf(id));

        public void Forget(string id) => registry.Point(() => leases.Forget(id));

        public ValueTask<bool> ConfirmLapsedAsync(string id) => leases.ConfirmLapsedAsync(id);

        public void Freeze(bool isFrozen) => registry.Point(() => leases.Freeze(isFrozen));
    }

    private sealed class FaultyPosts(MemoryPostLog posts, FaultyRegistry registry) : IPostLog
    {
        public event Action<string>? Noted
        {
            add => posts.Noted += value;
            remove => posts.Noted -= value;
        }

        public int Count => posts.Count;

        public void Note(string id, DateTimeOffset at) => posts.Note(id, at);

        public DateTimeOffset? LastPost(string id) => registry.Point(() => posts.LastPost(id));

        public void Forget(string id) => registry.Point(() => posts.Forget(id));

        public void Sweep(IReadOnlySet<string> living, DateTimeOffset before) => posts.Sweep(living, before);
    }

    private sealed class FaultyApplications(MemoryApplicationStore applications, FaultyRegistry registry) : IApplicationStore
    {
        public event Action<IReadOnlyCollection<ApplicationName>>? Changed
        {
            add => applications.Changed += value;
            remove => applications.Changed -= value;
        }

        public IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All => registry.Point(() => applications.All);

        public ApplicationFacts Find(ApplicationName application) => registry.Point(() => applications.Find(application));

        public ImmutableSortedSet<string> ApplicationsOf(string ns, string @interface) => applications.ApplicationsOf(ns, @interface);

        public ValueTask<PutResult> PutAsync(ApplicationName application, ApplicationMetadata metadata, string? owner = null, bool isInUse = false) => throw new NotSupportedException();

        public ValueTask<bool> PutAsync(ApplicationName application, string @interface, string? owner = null) => throw new NotSupportedException();

        public void Name(IReadOnlyCollection<ApplicationFact> facts) => applications.Name(facts);

        public void Forget(IReadOnlyCollection<ApplicationFact> facts) => applications.Forget(facts);

        public void Settle(ApplicationName application, IReadOnlySet<string> pods) => applications.Settle(application, pods);

        public ValueTask RefreshAsync() => default;
    }

    private sealed class FaultyLog(FaultyRegistry registry) : ILogger<RegistryProjector>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => registry.Point();
    }

    private sealed class FaultyTime(TimeProvider time, FaultyRegistry registry) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => registry.Point(time.GetTimestamp);

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();
    }
}

/// <summary>Counts the points at which something could fail, and fails at those that the test chose.</summary>
internal sealed class Faults(params int[] at)
{
    /// <summary>Points that were passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Faults that were thrown.</summary>
    public int Thrown { get; private set; }

    public void Point()
    {
        if (!at.Contains(++Passed))
            return;
        Thrown++;
        throw new InjectedFaultException();
    }
}

internal sealed class InjectedFaultException : Exception;
