using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Changed objects (null: gone) and the point that they lead to. <paramref name="History"/> is raised when the cluster's store was put back to
/// an older state; <paramref name="HasSynced"/> is false until the first list was taken in.
/// </summary>
public sealed record ChangeBatch<T>(IReadOnlyDictionary<ObjectKey, T?> Changes, ulong Version, uint History, bool HasSynced)
    where T : class, IKubernetesObject;
