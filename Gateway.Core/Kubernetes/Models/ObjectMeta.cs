using System.Buffers.Text;
using System.Text;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// The fields of ObjectMeta (Kubernetes API, meta/v1) that are used. Of a pod's annotations only those that some format reads are kept
/// (<see cref="AnnotationBytes"/> is the size of all of them). Stored small, since there is one for every pod: uid and time of creation as numbers, and the
/// name of a decoded pod as the stem that it shares with its siblings and its own ending. A text that is read is made then.
/// </summary>
public sealed record ObjectMeta
{
    private readonly NameParts _name;
    private readonly Guid _uid;

    // Whole seconds since 1970; 0: none, or not such a time.
    private readonly uint _created;
    private readonly RareParts? _rare;

    public required string Name
    {
        get => _name.ToString();
        init => _name = new(value, 0);
    }

    public string Namespace { get; init; } = "";

    public string Uid
    {
        get => _rare?.Uid ?? (_uid == Guid.Empty ? "" : _uid.ToString());
        init
        {
            Span<byte> utf8 = stackalloc byte[36];
            _uid = value.Length == utf8.Length && Encoding.UTF8.TryGetBytes(value, utf8, out var length) ? PackedUidOf(utf8[..length]) : Guid.Empty;
            var odd = _uid == Guid.Empty && value.Length > 0 ? value : null;
            if (odd != _rare?.Uid)
                _rare = RareParts.Of(odd, _rare?.Created, _rare?.Deleted, _rare?.Annotations);
        }
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
                _rare = RareParts.Of(_rare?.Uid, _rare?.Created, _rare?.Deleted, kept);
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
                _rare = RareParts.Of(_rare?.Uid, odd, _rare?.Deleted, _rare?.Annotations);
        }
    }

    public DateTimeOffset? DeletionTimestamp
    {
        get => _rare?.Deleted;
        init
        {
            if (value != _rare?.Deleted)
                _rare = RareParts.Of(_rare?.Uid, _rare?.Created, value, _rare?.Annotations);
        }
    }

    public ObjectKey Key => new(Namespace, Name);

    internal static readonly IReadOnlyDictionary<string, string> NoEntries = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>The name in parts, set after <see cref="Name"/>.</summary>
    internal NameParts Parts
    {
        init => _name = value;
    }

    /// <summary>The uid as a number, set after <see cref="Uid"/>; as <see cref="PackedUidOf"/> reads it.</summary>
    internal Guid PackedUid
    {
        init => _uid = value;
    }

    /// <summary>The same as the hash of its key; makes no text.</summary>
    internal int KeyHash => _name.Hash(Namespace);

    /// <summary>Whether that is its key; makes no text.</summary>
    internal bool IsAt(ObjectKey key) => _name.Is(key.Name) && Namespace == key.Namespace;

    /// <summary>Whether both have one key; makes no text.</summary>
    internal bool IsAtKeyOf(ObjectMeta other) => _name.Equals(other._name) && Namespace == other.Namespace;

    /// <summary>Whether both have one uid; makes no text.</summary>
    internal bool HasUidOf(ObjectMeta other) => _uid == other._uid && _rare?.Uid == other._rare?.Uid;

    /// <summary>The number of a uid in its usual spelling; else the empty one.</summary>
    internal static Guid PackedUidOf(ReadOnlySpan<byte> utf8) =>
        utf8.Length == 36 && Utf8Parser.TryParse(utf8, out Guid uid, out var read, 'D') && read == utf8.Length && !utf8.ContainsAnyInRange((byte)'A', (byte)'F')
            ? uid
            : Guid.Empty;

    /// <summary>A time as whole seconds since 1970; 0: it is none, or another time.</summary>
    internal static uint WholeSeconds(DateTimeOffset? time) =>
        time is { } at && at.Offset == TimeSpan.Zero && at.Ticks % TimeSpan.TicksPerSecond == 0 && at.ToUnixTimeSeconds() is > 0 and <= uint.MaxValue and var seconds
            ? (uint)seconds
            : 0;

    public bool Equals(ObjectMeta? other) =>
        other is not null && IsAtKeyOf(other) && HasUidOf(other) && Version == other.Version && AnnotationBytes == other.AnnotationBytes
        && CreationTimestamp == other.CreationTimestamp && DeletionTimestamp == other.DeletionTimestamp
        && Labels.Equals(other.Labels) && Annotations.Equals(other.Annotations);

    public override int GetHashCode() => HashCode.Combine(KeyHash, _uid, Version);

    /// <summary>What few objects have: a uid in another spelling, a time of creation with a fraction, a time of deletion, annotations that are kept.</summary>
    private sealed class RareParts(string? uid, DateTimeOffset? created, DateTimeOffset? deleted, IReadOnlyDictionary<string, string>? annotations)
    {
        public string? Uid => uid;
        public DateTimeOffset? Created => created;
        public DateTimeOffset? Deleted => deleted;
        public IReadOnlyDictionary<string, string>? Annotations => annotations;

        public static RareParts? Of(string? uid, DateTimeOffset? created, DateTimeOffset? deleted, IReadOnlyDictionary<string, string>? annotations) =>
            uid is null && created is null && deleted is null && annotations is null ? null : new(uid, created, deleted, annotations);
    }
}

/// <summary>An object of any kind, read as no more than its name, uid and version: for lists whose objects are only compared.</summary>
public sealed record ListedObject(ObjectMeta Metadata) : IKubernetesObject;

/// <summary>An object of the API server, with only the fields that the gateway uses.</summary>
public interface IKubernetesObject
{
    ObjectMeta Metadata { get; }
}
