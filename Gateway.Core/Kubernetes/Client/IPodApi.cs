using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>One pod at the API server itself, past every cache. Failures are <see cref="KubernetesApiException"/>.</summary>
public interface IPodApi
{
    /// <summary>A live read; null when there is no pod of that name.</summary>
    Task<Pod?> GetPodAsync(string ns, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Sends a merge patch (RFC 7396) and returns the pod as the API server then has it; with <paramref name="dryRun"/> it changes nothing.
    /// No pod of that name is a failure (404), a wrong <c>metadata.uid</c> is 422 (<see cref="KubernetesApiException.IsWrongUid"/>), a stale
    /// <c>metadata.resourceVersion</c> 409.
    /// </summary>
    Task<Pod> PatchPodAsync(string ns, string name, ReadOnlyMemory<byte> mergePatch, bool dryRun, CancellationToken cancellationToken);
}
