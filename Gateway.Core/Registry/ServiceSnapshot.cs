using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry;

/// <summary>
/// One service in one state. Made by the projector; read by every lookup, pick and stream. Immutable except for the views, which the first
/// reader of each makes; of a removed service the projector drops them. An unchanged instance is the same object in the next state.
/// </summary>
public sealed class ServiceSnapshot
{
    /// <summary>
    /// How many views of filters other than the default are cached: each may hold a whole answer as bytes. The one that was read longest ago is
    /// dropped.
    /// </summary>
    internal const int MaxCachedViews = 8;

    // Made by the first reader with a filter: most states have none, and an empty table of theirs would be most of their memory.
    private ConcurrentDictionary<string, LookupView>? _filtered;
    private long _reads;
    private LookupView? _default;
    private ServiceSummary? _summary;

    /// <param name="key">The service.</param>
    /// <param name="revision">When this replica last saw the service change.</param>
    /// <param name="sequence">The number of the snapshot in which it changed.</param>
    /// <param name="instances">Sorted by id, ordinal.</param>
    /// <param name="fallback">The Kubernetes Service of that name.</param>
    public ServiceSnapshot(
        ServiceKey key, Revision revision, ulong sequence, ImmutableArray<Instance> instances, Fallback? fallback = null)
    {
        (Key, Revision, Sequence, Instances, Fallback) = (key, revision, sequence, instances, fallback);
        (ClientsRevision, ClientsSequence) = (revision, sequence);
    }

    public ServiceKey Key { get; }
    public Revision Revision { get; }
    public ulong Sequence { get; }

    /// <summary>As <see cref="Revision"/>, but also of changes that only clients of other registries are shown.</summary>
    public Revision ClientsRevision { get; init; }

    /// <summary>As <see cref="Sequence"/>, but also of changes that only clients of other registries are shown.</summary>
    public ulong ClientsSequence { get; init; }

    /// <summary>All instances, whatever their status, sorted by id.</summary>
    public ImmutableArray<Instance> Instances { get; }

    public Fallback? Fallback { get; }

    /// <summary>The <see cref="Sequence"/> of the previous state, if there was one.</summary>
    public ulong? Follows { get; init; }

    /// <summary>When the oldest of the changes that made this state arrived, as a timestamp of the gateway's time; 0: unknown.</summary>
    public long Arrived { get; init; }

    /// <summary>
    /// The state depends on something without a version (leases, POSTs that wrote nothing), so another replica's revision does not show
    /// whether its caller knows this state.
    /// </summary>
    public bool HasUnversionedInputs { get; init; }

    /// <summary>The Kubernetes Services and applications that also provide its instances; sorted.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>Has neither an instance nor a Kubernetes Service.</summary>
    public bool IsEmpty => Instances.IsEmpty && Fallback is null;

    /// <summary>Included in lists and streams of whole namespaces: it is more than the application of some interface.</summary>
    public bool IsListed => Fallback is not null || Instances.Any(static instance => !instance.IsOfApplication);

    /// <summary>Counts and names for lists of services.</summary>
    public ServiceSummary Summary => _summary ??= new ServiceSummary([.. Instances.Where(static instance => !instance.IsOfApplication)]);

    public LookupView View(LookupFilter filter)
    {
        if (filter.IsDefault)
            return _default ??= new LookupView(this, filter.Apply(Instances), filter.Form);
        var filtered = Volatile.Read(ref _filtered) ?? AddFiltered();
        if (!filtered.TryGetValue(filter.Key, out var view))
        {
            DropOldViews(filtered);
            view = filtered.GetOrAdd(filter.Key, new LookupView(this, filter.Apply(Instances), filter.Form));
        }

        view.LastRead = Interlocked.Increment(ref _reads);
        return view;
    }

    private ConcurrentDictionary<string, LookupView> AddFiltered()
    {
        var made = new ConcurrentDictionary<string, LookupView>(concurrencyLevel: 1, MaxCachedViews, StringComparer.Ordinal);
        return Interlocked.CompareExchange(ref _filtered, made, null) ?? made;
    }

    // Readers that come at once may each keep one more.
    private static void DropOldViews(ConcurrentDictionary<string, LookupView> filtered)
    {
        while (filtered.Count >= MaxCachedViews)
            filtered.TryRemove(filtered.MinBy(static entry => entry.Value.LastRead));
    }

    /// <summary>Called by the projector for a service that was removed. Readers keep what they have; the next one makes its view again.</summary>
    internal void DropViews()
    {
        Volatile.Write(ref _filtered, null);
        Volatile.Write(ref _default, null);
        Volatile.Write(ref _summary, null);
    }

    /// <summary>The instance with this id, whatever its status.</summary>
    public Instance? Find(string id)
    {
        var (low, high) = (0, Instances.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(Instances[middle].Id, id);
            if (order == 0)
                return Instances[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return null;
    }

    /// <summary>The same state with another revision.</summary>
    internal ServiceSnapshot At(Revision revision) => new(Key, revision, Sequence, Instances, Fallback)
    {
        Follows = Follows,
        Arrived = Arrived,
        HasUnversionedInputs = HasUnversionedInputs,
        Origins = Origins,
        ClientsSequence = ClientsSequence,
    };

    /// <summary>
    /// Whether the service changed after <paramref name="known"/>, or this replica cannot tell: in both cases the caller must be answered.
    /// </summary>
    public bool MayHaveChangedSince(Revision known) =>
        known.Replica != 0 && known.Replica == Revision.Replica
            ? Sequence > known.Sequence
            : HasUnversionedInputs || known.IsCut || !known.Covers(Revision.At(0, 0));
}
