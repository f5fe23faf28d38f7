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
}
