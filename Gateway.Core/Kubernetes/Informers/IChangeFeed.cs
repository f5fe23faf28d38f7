using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// What changed in one kind (in one watched namespace) since the last drain. The reflector is its only writer, the projector its only
/// reader. A thousand changes of one object are one entry, so it never holds more than the store.
/// </summary>
public interface IChangeFeed<T>
    where T : class, IKubernetesObject
{
    /// <summary>Takes all changes and the version that they lead to, as one step: the objects are exactly those of that version.</summary>
    ChangeBatch<T> Drain();

    /// <summary>
    /// Takes everything that there is, as if it had changed, in place of the changes since the last drain: for a reader that does not know any
    /// more what it has folded. What is gone is not told.
    /// </summary>
    ChangeBatch<T> DrainAll();
}

/// <summary>
/// Changed objects (null: gone) and the point that they lead to. <paramref name="History"/> is raised when the cluster's store was put back to
/// an older state; <paramref name="HasSynced"/> is false until the first list was taken in.
/// </summary>
public sealed record ChangeBatch<T>(IReadOnlyDictionary<ObjectKey, T?> Changes, ulong Version, uint History, bool HasSynced)
    where T : class, IKubernetesObject;
