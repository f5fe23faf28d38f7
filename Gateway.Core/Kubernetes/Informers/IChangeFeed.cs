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
