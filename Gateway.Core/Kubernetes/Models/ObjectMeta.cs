namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// The fields of ObjectMeta (Kubernetes API, meta/v1) that are used. Of a pod's annotations only those that some format reads are kept
/// (<see cref="AnnotationBytes"/> is the size of all of them). Stored small, since there is one for every pod: uid and time of creation as numbers, and the
/// name of a decoded pod as the stem that it shares with its siblings and its own ending. A text is made where it is read; <see cref="Key"/> makes none.
/// </summary>
public sealed record ObjectMeta
{
    private readonly NameParts _name;
    private readonly Guid _uid;

    // Whole seconds since 1970; 0: none, or not such a time.
    private readonly uint _created;
    private readonly Rare? _rare;

    public required string Name
    {
        get => _name.ToString();
        init => _name = new(value, 0);
    }

    public string Namespace { get; init; } = "";

    public string Uid
    {
        get => PackedUid.ToString();
        init => PackedUid = ObjectUid.Of(value);
    }

    /// <summary>resourceVersion as a number; comparable within one kind, as the API server guarantees (KEP-5504).</summary>
    public ulong Version { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoEntries;

    public IReadOnlyDictionary<string, string> Annotations
    {
        get => _rare?.Annotations ?? NoEntries;
        init
        {
            var kept = value is { Count: 0 } ? null : value;
            if (!ReferenceEquals(kept, _rare?.Annotations))
                _rare = Rare.Kept(RareOrNone with { Annotations = kept });
        }
    }

    /// <summary>
    /// UTF-8 bytes of the keys and values of all annotations, kept or not: what the API server counts against its limit of 262,144.
    /// </summary>
    public int AnnotationBytes { get; init; }

    public DateTimeOffset? CreationTimestamp
    {
        get => _created == 0 ? _rare?.Created : DateTimeOffset.FromUnixTimeSeconds(_created);
        init
        {
            _created = WholeSeconds(value);
            var odd = _created == 0 ? value : null;
            if (odd != _rare?.Created)
                _rare = Rare.Kept(RareOrNone with { Created = odd });
        }
    }

    public DateTimeOffset? DeletionTimestamp
    {
        get => _rare?.Deleted;
        init
        {
            if (value != _rare?.Deleted)
                _rare = Rare.Kept(RareOrNone with { Deleted = value });
        }
    }

    public ObjectKey Key => new(Namespace, _name);

    internal static readonly IReadOnlyDictionary<string, string> NoEntries = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>The name in parts, set after <see cref="Name"/>.</summary>
    internal NameParts Parts
    {
        get => _name;
        init => _name = value;
    }

    internal ObjectUid PackedUid
    {
        get => ObjectUid.Of(_uid, _rare?.Uid);
        init
        {
            _uid = value.Number;
            if (value.Odd != _rare?.Uid)
                _rare = Rare.Kept(RareOrNone with { Uid = value.Odd });
        }
    }

    private Rare RareOrNone => _rare ?? Rare.None;

    /// <summary>A time as whole seconds since 1970; 0: it is none, or another time.</summary>
    internal static uint WholeSeconds(DateTimeOffset? time) =>
        time is { } at && at.Offset == TimeSpan.Zero && at.Ticks % TimeSpan.TicksPerSecond == 0 && at.ToUnixTimeSeconds() is > 0 and <= uint.MaxValue and var seconds
            ? (uint)seconds
            : 0;

    public bool Equals(ObjectMeta? other) =>
        other is not null && Key == other.Key && PackedUid.Equals(other.PackedUid) && Version == other.Version && AnnotationBytes == other.AnnotationBytes
        && CreationTimestamp == other.CreationTimestamp && DeletionTimestamp == other.DeletionTimestamp
        && Labels.Equals(other.Labels) && Annotations.Equals(other.Annotations);

    public override int GetHashCode() => HashCode.Combine(Key, Version);

    /// <summary>What few objects have: a uid in another spelling, a time of creation with a fraction, a time of deletion, annotations that are kept.</summary>
    private sealed record Rare(string? Uid, DateTimeOffset? Created, DateTimeOffset? Deleted, IReadOnlyDictionary<string, string>? Annotations)
    {
        public static readonly Rare None = new(null, null, null, null);

        public static Rare? Kept(Rare rare) => rare == None ? null : rare;
    }
}

/// <summary>An object of any kind, read as no more than its name, uid and version: for lists whose objects are only compared.</summary>
public sealed record ListedObject(ObjectMeta Metadata) : IKubernetesObject;

/// <summary>An object of the API server, with only the fields that the gateway uses.</summary>
public interface IKubernetesObject
{
    ObjectMeta Metadata { get; }
}
