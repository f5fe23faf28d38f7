namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// One whole number that names a state of a service, for clients whose protocol has room for nothing else (Consul's index). Its upper 39 bits are the
/// cluster's resourceVersion of the service's last change, its lower 14 bits say what the number proves, and it stays below 2^53, where numbers of
/// JavaScript are exact. Pods, Services and slices are watched separately, so that version alone does not say which of their changes a reader has seen:
/// <list type="bullet">
/// <item>settled: every kind was folded up to that version. Any replica can compare it;</item>
/// <item>local: one replica's state, known by six bits of the process and of the number of its snapshot. Other replicas cannot tell what was seen.</item>
/// </list>
/// </summary>
public readonly record struct ChangeIndex(ulong Number)
{
    public const ulong MaxNumber = (1UL << 53) - 1;

    private const int TagBits = 14;
    private const ulong TagMask = (1UL << TagBits) - 1;
    private const ulong MaxVersion = MaxNumber >> TagBits;
    private const int ReplicaBits = 6;
    private const ulong Low = (1 << ReplicaBits) - 1;

    // The two upper bits of the tag, in the order in which one version passes through them, so that the number rises.
    private const ulong Settled = 1UL << 12;
    private const ulong Unversioned = 2UL << 12;
    private const ulong ClassMask = 3UL << 12;

    /// <summary>The resourceVersion, or its lower 39 bits.</summary>
    public ulong Version => Number >> TagBits;

    private ulong Tag => Number & TagMask;

    /// <summary>Every replica of this history can compare it.</summary>
    public bool IsSettledIn(uint history) => (Tag & ClassMask) == Settled && (Tag & ~ClassMask) == (history & 0xFFF);

    /// <summary>Whether a reader that has this number has seen exactly the state of that point, at this replica.</summary>
    public bool Names(ChangePoint point) => (Tag & ClassMask) != Settled && (Tag & ~ClassMask) == LocalBits(point) && Version >= Cut(point.Version);

    /// <summary>The lower bits of a version that the number holds.</summary>
    public static ulong Cut(ulong version) => version & MaxVersion;

    /// <summary>The number of a state in which every kind was folded up to <paramref name="version"/>.</summary>
    public static ChangeIndex SettledAt(ulong version, uint history) => Make(version, Settled | (history & 0xFFF));

    /// <summary>The number of one replica's state.</summary>
    /// <param name="version">At least the point's.</param>
    /// <param name="point">The state's last change.</param>
    /// <param name="isFolded">Every kind was folded up to <paramref name="version"/>; what sets the state apart has no version.</param>
    public static ChangeIndex LocalAt(ulong version, ChangePoint point, bool isFolded) => Make(version, (isFolded ? Unversioned : 0) | LocalBits(point));

    private static ulong LocalBits(ChangePoint point) => ((point.Sequence & Low) << ReplicaBits) | (ReplicaHash(point.Replica) & Low);

    // Process numbers are random; zero, which names none, is not given out.
    private static ulong ReplicaHash(uint replica) => 1 + (replica % Low);

    // Never 0, which tells clients that there is no index.
    private static ChangeIndex Make(ulong version, ulong tag) => new(Math.Max(1, (Cut(version) << TagBits) | tag));
}

/// <summary>
/// The last change of a service, or of a list, as one replica has seen it. The version is that of the newest kind at that moment, so the change itself is
/// not newer. <paramref name="IsUnversioned"/>: the state also depends on something without a version, such as a lease.
/// </summary>
public readonly record struct ChangePoint(ulong Version, uint Replica, ulong Sequence, bool IsUnversioned = false)
{
    public static ChangePoint Of(ServiceSnapshot service) =>
        new(service.ClientsRevision.Newest, service.ClientsRevision.Replica, service.ClientsSequence, service.HasUnversionedInputs);
}
