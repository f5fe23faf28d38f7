using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>
/// A pod as a write left it, and the first snapshot that has folded it; none came in time: the answer is made of the pod alone.
/// </summary>
internal sealed record FoldedPod(Pod Pod, RegistrySnapshot? Snapshot, string Revision)
{
    public bool IsPending => Snapshot is null;
}
