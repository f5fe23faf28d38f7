using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The changes of one kind (in one watched namespace) since the last drain. The reflector is its only writer, the projector its only
/// reader. A thousand changes of one object are one entry, so it never holds more than the store.
/// </summary>
public interface IChangeFeed<T>
    where T : class, IKubernetesObject
{
    /// <summary>Takes all changes and the version that they lead to in one step: the objects are exactly those of that version.</summary>
    ChangeBatch<T> Drain();

    /// <summary>
    /// Takes every object as if it had changed, instead of the changes since the last drain: for a reader that has lost track of what
    /// it has applied. Deleted objects are not reported.
    /// </summary>
    ChangeBatch<T> DrainAll();
}

/// <summary>
/// Changed objects (null: deleted) and the version that they lead to. <paramref name="History"/> is raised when etcd was restored to
/// an older state; <paramref name="HasSynced"/> is false until the first list was stored.
/// </summary>
public sealed record ChangeBatch<T>(IReadOnlyDictionary<ObjectKey, T?> Changes, ulong Version, uint History, bool HasSynced)
    where T : class, IKubernetesObject;
