namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// Objects by hashes that are made of them, in an immutable tree: an object lies in the leaf that each of its hashes leads to. It takes some thirteen bytes an
/// object and hash, since no key is kept beside the object, and every version of it can be read without a lock. The caller compares the candidates.
/// </summary>
/// <param name="hashOf">The hash at a position, from 0 on; null: there is none more. It depends on the object alone.</param>
internal sealed class ObjectTrie<T>(Func<T, int, int?> hashOf)
    where T : class
{
    private const int Bits = 2;
    private const int Width = 1 << Bits;
    private const int FullLeaf = 32;

    // T[]: a leaf; Inner: its children by the next bits of the hash; null: nothing.
    private object? _root;

    private ObjectTrie(Func<T, int, int?> hashOf, object? root)
        : this(hashOf) => _root = root;

    /// <summary>Every object, in no order; one with several hashes may come several times.</summary>
    public IEnumerable<T> All => Under(_root);

    /// <summary>The objects that may have this hash, and others.</summary>
    public ReadOnlySpan<T> Candidates(int hash)
    {
        var node = _root;
        for (var rest = (uint)hash; node is Inner inner; rest >>= Bits)
            node = inner.Children[rest % Width];
        return (T[]?)node;
    }

    /// <summary>A version with <paramref name="next"/> in place of <paramref name="former"/>; either may be null.</summary>
    public ObjectTrie<T> With(T? former, T? next) => new(hashOf, Changed(former, next, isOwned: false));

    /// <summary>The same in this version itself, which nothing else has read yet. Its leaves may be shared.</summary>
    public void Change(T? former, T? next) => _root = Changed(former, next, isOwned: true);

    /// <summary>A version that can be changed in itself, while this one stays as it is.</summary>
    public ObjectTrie<T> Copy() => new(hashOf, Copied(_root));

    private object? Changed(T? former, T? next, bool isOwned)
    {
        var root = _root;
        for (var i = 0; former is not null && hashOf(former, i) is { } hash; i++)
            root = Without(root, former, (uint)hash, isOwned);
        for (var i = 0; next is not null && hashOf(next, i) is { } hash; i++)
            root = Including(root, next, (uint)hash, 0, isOwned);
        return root;
    }

    private object Including(object? node, T item, uint hash, int shift, bool isOwned)
    {
        if (node is Inner inner)
        {
            var at = (int)((hash >> shift) % Width);
            return inner.With(at, Including(inner.Children[at], item, hash, shift + Bits, isOwned), isOwned);
        }

        var leaf = (T[]?)node ?? [];
        if (PositionOf(leaf, item) >= 0)
            return leaf;
        if (leaf.Length < FullLeaf || shift >= 32)
            return (T[])[.. leaf, item];

        var children = new object?[Width];
        foreach (var one in leaf)
            Distribute(children, one, hash, shift);
        Distribute(children, item, hash, shift);
        return new Inner(children);
    }

    // To each child that one of its hashes leads to, of those that lead to this node.
    private void Distribute(object?[] children, T item, uint path, int shift)
    {
        var above = (1U << shift) - 1;
        for (var i = 0; hashOf(item, i) is { } hash; i++)
        {
            if ((((uint)hash ^ path) & above) != 0)
                continue;
            ref var child = ref children[((uint)hash >> shift) % Width];
            child = Including(child, item, (uint)hash, shift + Bits, isOwned: true);
        }
    }

    private static object? Without(object? node, T item, uint hash, bool isOwned)
    {
        if (node is Inner inner)
        {
            var at = (int)(hash % Width);
            var child = Without(inner.Children[at], item, hash >> Bits, isOwned);
            var changed = ReferenceEquals(child, inner.Children[at]) ? inner : inner.With(at, child, isOwned);
            return changed.IsEmpty ? null : changed;
        }

        var leaf = (T[]?)node ?? [];
        var index = PositionOf(leaf, item);
        if (index < 0)
            return node;
        return leaf.Length == 1 ? null : (T[])[.. leaf.AsSpan(0, index), .. leaf.AsSpan(index + 1)];
    }

    // Objects are the same, not equal.
    private static int PositionOf(T[] leaf, T item)
    {
        for (var i = 0; i < leaf.Length; i++)
        {
            if (ReferenceEquals(leaf[i], item))
                return i;
        }

        return -1;
    }

    private static object? Copied(object? node) => node is Inner inner ? new Inner(Array.ConvertAll(inner.Children, Copied)) : node;

    private static IEnumerable<T> Under(object? node)
    {
        if (node is not Inner inner)
            return (T[]?)node ?? [];
        return inner.Children.SelectMany(Under);
    }

    /// <summary>Makes one version after the other, which stay as they are. Used by one thread.</summary>
    internal sealed class Builder(ObjectTrie<T> first, int count)
    {
        private bool _isOwned;
        private int _changes;

        /// <summary>With all changes so far; changed by the next one.</summary>
        public ObjectTrie<T> Trie { get; private set; } = first;

        public int Count { get; private set; } = count;

        public void Change(T? former, T? next)
        {
            if (former is null && next is null)
                return;
            Count += (next is null ? 0 : 1) - (former is null ? 0 : 1);

            // With many changes the tree is copied once, without its leaves, and not the way to each.
            if (!_isOwned && ++_changes > Count / 64)
                (Trie, _isOwned) = (Trie.Copy(), true);
            if (_isOwned)
                Trie.Change(former, next);
            else
                Trie = Trie.With(former, next);
        }

        /// <summary>This version, which changes no more.</summary>
        public ObjectTrie<T> Publish()
        {
            (_isOwned, _changes) = (false, 0);
            return Trie;
        }
    }

    private sealed class Inner(object?[] children)
    {
        public object?[] Children => children;

        public bool IsEmpty => !children.AsSpan().ContainsAnyExcept((object?)null);

        public Inner With(int at, object? child, bool isOwned)
        {
            var changed = isOwned ? this : new Inner([.. children]);
            changed.Children[at] = child;
            return changed;
        }
    }
}
