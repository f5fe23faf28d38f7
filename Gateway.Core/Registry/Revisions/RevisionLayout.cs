using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Core.Registry.Revisions;

/// <summary>
/// The assignment of revision parts to kinds and watched namespaces. Equal on every replica with the same configuration; revisions of
/// different layouts, identified by <see cref="Fingerprint"/>, are never compared.
/// </summary>
public sealed class RevisionLayout
{
    private const int KindsPerNamespace = 3;

    /// <summary>The whole cluster watched at once.</summary>
    public static readonly RevisionLayout WholeCluster = new([]);

    /// <param name="namespaces">The separately watched namespaces; none: the whole cluster.</param>
    public RevisionLayout(IEnumerable<string> namespaces)
    {
        Namespaces = [.. namespaces.Where(static name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Namespaces)));
        Fingerprint = BitConverter.ToUInt16(hash);
    }

    /// <summary>Sorted; empty for the whole cluster.</summary>
    public ImmutableArray<string> Namespaces { get; }

    public ushort Fingerprint { get; }

    public int Count => 1 + (KindsPerNamespace * Math.Max(1, Namespaces.Length));

    /// <summary>The part of a kind in a namespace; -1 where that namespace is not watched.</summary>
    public int IndexOf(WatchedKind kind, string ns)
    {
        if (kind == WatchedKind.Nodes)
            return 0;
        var scope = Namespaces.IsEmpty ? 0 : Namespaces.BinarySearch(ns, StringComparer.Ordinal);
        return scope < 0 ? -1 : 1 + (scope * KindsPerNamespace) + ((int)kind - 1);
    }

    /// <summary>Whether a part affects the services of that namespace.</summary>
    internal bool Concerns(int index, string ns) =>
        index == 0 || Namespaces.IsEmpty || (index - 1) / KindsPerNamespace == Namespaces.BinarySearch(ns, StringComparer.Ordinal);
}

/// <summary>The kinds that determine lookups; a revision has one part for each (and for each watched namespace).</summary>
public enum WatchedKind
{
    Nodes,
    Pods,
    Services,
    Slices,
}
