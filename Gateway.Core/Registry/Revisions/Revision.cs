using System.Collections.Immutable;

namespace Gateway.Core.Registry.Revisions;

/// <summary>
/// A state of the registry as one replica has seen it (contract, section 2, revisions): one part per watched kind and namespace, compared
/// part by part, so each of two revisions may be ahead in some part. The local part (process, number of its snapshot) is exact for that
/// process, also for changes without a version, such as a lapsed lease; for other processes it means nothing. Immutable; opaque to callers.
/// </summary>
public sealed class Revision : IEquatable<Revision>
{
    /// <summary>In characters, all of them allowed in a header.</summary>
    public const int MaxLength = 200;

    private readonly ImmutableArray<RevisionPart> _parts;
    private string? _text;

    internal Revision(ushort layout, ImmutableArray<RevisionPart> parts, uint replica, ulong sequence, bool isCut = false)
    {
        (Layout, _parts, Replica, Sequence, IsCut) = (layout, parts, replica, sequence, isCut);
    }

    /// <summary>Nothing seen: every revision of the layout covers it.</summary>
    public static Revision Empty(RevisionLayout layout) => new(layout.Fingerprint, [], 0, 0);

    public ushort Layout { get; }

    /// <summary>The process that made it; 0: no local part.</summary>
    public uint Replica { get; }

    /// <summary>The number of that process' snapshot.</summary>
    public ulong Sequence { get; }

    /// <summary>Its parts did not fit into the text: only the process that made it can compare it.</summary>
    public bool IsCut { get; }

    /// <summary>The highest version of any part: an upper bound of what was seen; 0: nothing.</summary>
    public ulong Newest
    {
        get
        {
            var newest = 0UL;
            foreach (var part in _parts)
                newest = Math.Max(newest, part.Version);
            return newest;
        }
    }

    /// <summary>The newest history of any part.</summary>
    public uint History
    {
        get
        {
            var history = 0u;
            foreach (var part in _parts)
                history = Math.Max(history, part.History);
            return history;
        }
    }

    /// <summary>Sorted by index; a kind of which nothing was seen is absent.</summary>
    internal ImmutableArray<RevisionPart> Parts => _parts;

    /// <summary>
    /// Whether everything that <paramref name="other"/> has seen is seen here too. False whenever that is unknown: another layout or
    /// history, or parts that were cut.
    /// </summary>
    public bool Covers(Revision other)
    {
        if (other.Layout != Layout)
            return false;
        var ours = other.Replica != 0 && other.Replica == Replica;
        if (other.IsCut)
            return ours && Sequence >= other.Sequence;
        if (ours && Sequence < other.Sequence)
            return false;
        foreach (var part in other._parts)
        {
            if (!Part(part.Index).Covers(part))
                return false;
        }

        return true;
    }

    public static bool TryParse(string? text, out Revision revision) => RevisionText.TryRead(text, out revision);

    public override string ToString() => _text ??= RevisionText.Write(this);

    public bool Equals(Revision? other) =>
        ReferenceEquals(this, other) || (other is not null && Layout == other.Layout && Replica == other.Replica && Sequence == other.Sequence && IsCut == other.IsCut
        && _parts.AsSpan().SequenceEqual(other._parts.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as Revision);

    public override int GetHashCode() => HashCode.Combine(Layout, Replica, Sequence, _parts.Length);

    /// <summary>The part at <paramref name="index"/>; version 0 where nothing was seen.</summary>
    internal RevisionPart Part(int index)
    {
        foreach (var part in _parts)
        {
            if (part.Index == index)
                return part;
        }

        return new RevisionPart(index, 0, 0);
    }

    /// <summary>A copy with one part raised; within a history a part never decreases.</summary>
    internal Revision Raise(RevisionPart raised)
    {
        if (!raised.IsAfter(Part(raised.Index)))
            return this;
        var parts = _parts.RemoveAll(part => part.Index == raised.Index).Add(raised);
        return new Revision(Layout, parts.Sort(static (a, b) => a.Index.CompareTo(b.Index)), Replica, Sequence);
    }

    /// <summary>Without the local part: what every replica can compare.</summary>
    public Revision Shared => At(0, 0);

    internal Revision At(uint replica, ulong sequence) => new(Layout, _parts, replica, sequence);

    /// <summary>Only the parts that affect the services of one namespace: shorter, and comparable by more replicas.</summary>
    internal Revision For(RevisionLayout layout, string ns) =>
        layout.Namespaces.IsEmpty
            ? this
            : new Revision(Layout, _parts.RemoveAll(part => !layout.Concerns(part.Index, ns)), Replica, Sequence);
}

/// <summary>
/// How far one kind (in one watched namespace) was folded: its resourceVersion, and the number of the etcd history it belongs to. Ordered
/// within a process: a restored etcd raises the history and may lower the version.
/// </summary>
public readonly record struct RevisionPart(int Index, uint History, ulong Version)
{
    /// <summary>Versions of different histories cannot be compared.</summary>
    public bool Covers(RevisionPart other) => History == other.History && Version >= other.Version;

    internal bool IsAfter(RevisionPart other) => History > other.History || (History == other.History && Version > other.Version);
}
