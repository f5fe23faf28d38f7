namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>A credential that never changes.</summary>
internal sealed class FixedCredential(ClusterCredential credential) : ICredentialSource
{
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credential);

    public bool Reject(ClusterCredential rejected) => false;
}
