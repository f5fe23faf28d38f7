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
