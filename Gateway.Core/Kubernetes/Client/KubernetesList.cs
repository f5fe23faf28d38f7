using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>A list, or a page of one.</summary>
public sealed record KubernetesList<T>(IReadOnlyList<T> Items, ulong Version, string Continue)
    where T : class, IKubernetesObject
{
    /// <summary>Items that did not decode. Of pods their metadata stands among the items; others are left out.</summary>
    public ImmutableArray<UnreadableItem> Unreadable { get; init; } = [];
}

/// <summary>An object that did not decode, and why; the key is null where not even its name could be read.</summary>
public sealed record UnreadableItem(ObjectKey? Key, string Failure);

/// <summary>Which objects are asked for, and how old the answer may be.</summary>
public sealed record ListRequest
{
    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? LabelSelector { get; init; }
    public string? FieldSelector { get; init; }

    /// <summary>
    /// "" is the newest there is (read through to etcd), "0" whatever the API server holds in memory, else at least as new as this
    /// (resourceVersionMatch NotOlderThan is what the server takes where none is said).
    /// </summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Objects per page; 0 is all in one. The server ignores it with version "0".</summary>
    public int Limit { get; init; }

    /// <summary>The token of the page before; "" for the first.</summary>
    public string Continue { get; init; } = "";
}
