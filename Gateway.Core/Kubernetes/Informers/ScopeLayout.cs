using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The scopes of each namespaced kind: one for the whole cluster, or one per watched namespace, in ordinal order. The order is
/// the same on every replica, so a position identifies a scope.
/// </summary>
public sealed record ScopeLayout
{
    public ScopeLayout(IEnumerable<string> namespaces)
    {
        Namespaces = [.. namespaces.Distinct().Order(StringComparer.Ordinal)];
        if (Namespaces.IsEmpty)
            Namespaces = [""];
    }

    /// <summary>The namespaces; a single "" is the whole cluster.</summary>
    public ImmutableArray<string> Namespaces { get; }

    public bool IsWholeCluster => Namespaces is [""];

    /// <summary>The number of scopes of each namespaced kind.</summary>
    public int Count => Namespaces.Length;

    public bool Watches(string ns) => IndexOf(ns) >= 0;

    /// <summary>The scope of that namespace; -1 when it is not watched.</summary>
    public int IndexOf(string ns) =>
        IsWholeCluster ? 0 : Math.Max(-1, Namespaces.BinarySearch(ns, StringComparer.Ordinal));

    public bool Equals(ScopeLayout? other) => other is not null && Namespaces.AsSpan().SequenceEqual(other.Namespaces.AsSpan());

    public override int GetHashCode() => Namespaces.Length == 0 ? 0 : HashCode.Combine(Namespaces.Length, Namespaces[0]);
}

/// <summary>The part of a kind that is watched.</summary>
/// <param name="Namespace">"" is the whole cluster.</param>
/// <param name="IsOptional">The gateway works without it if the right is missing.</param>
internal sealed record Scope(string Namespace, string? LabelSelector = null, bool IsOptional = false)
{
    /// <summary>As log lines name it.</summary>
    public string Shown { get; } = Namespace.Length == 0 ? "all namespaces" : $"namespace {Namespace}";
}
