namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Where credentials come from. Safe for concurrent callers.</summary>
internal interface ICredentialSource
{
    /// <summary>The credential as it is now; throws <see cref="KubernetesApiException"/> (no answer) when it cannot be had.</summary>
    ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The API server refused this one (401): the next call shall look for a newer. False: there cannot be one.</summary>
    bool Reject(ClusterCredential credential);
}
