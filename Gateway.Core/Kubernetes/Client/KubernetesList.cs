using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>A list, or a page of one.</summary>
public sealed record KubernetesList<T>(IReadOnlyList<T> Items, ulong Version, string Continue)
    where T : class, IKubernetesObject
{
    /// <summary>Items that could not be decoded. Pods are kept in the items by their metadata; other kinds are left out.</summary>
    public ImmutableArray<UnreadableItem> Unreadable { get; init; } = [];

    /// <summary>json or protobuf: what the API server wrote.</summary>
    public string Encoding { get; init; } = "json";
}

/// <summary>An object that could not be decoded, and why; the key is null if its name could not be read.</summary>
public sealed record UnreadableItem(ObjectKey? Key, string Failure);

/// <summary>The objects to list, and how old the answer may be.</summary>
public sealed record ListRequest
{
    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? LabelSelector { get; init; }
    public string? FieldSelector { get; init; }

    /// <summary>
    /// "" is the newest (read from etcd), "0" the API server's watch cache, otherwise at least as new as this version
    /// (the server's default resourceVersionMatch is NotOlderThan).
    /// </summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Objects per page; 0 disables paging. The server ignores it with version "0".</summary>
    public int Limit { get; init; }

    /// <summary>The continue token of the previous page; "" for the first.</summary>
    public string Continue { get; init; } = "";
}
