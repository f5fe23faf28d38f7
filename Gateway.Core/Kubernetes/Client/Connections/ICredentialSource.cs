using System.Security.Cryptography.X509Certificates;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Where credentials come from. Safe for concurrent callers.</summary>
internal interface ICredentialSource
{
    /// <summary>The credential as it is now; throws <see cref="KubernetesApiException"/> (no answer) when it cannot be had.</summary>
    ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The API server refused this one (401): the next call shall look for a newer. False: there cannot be one.</summary>
    bool Reject(ClusterCredential credential);
}

/// <summary>What proves to the API server who the gateway is: a bearer token, a client certificate, both or neither.</summary>
internal sealed record ClusterCredential(string? Token, X509Certificate2? Certificate)
{
    public static readonly ClusterCredential None = new(null, null);

    // Whoever logs it by mistake shall not log the token.
    public override string ToString() => $"token: {Token is not null}, certificate: {Certificate?.Subject}";
}

/// <summary>A credential that never changes.</summary>
internal sealed class FixedCredential(ClusterCredential credential) : ICredentialSource
{
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credential);

    public bool Reject(ClusterCredential rejected) => false;
}

/// <summary>Makes client certificates from PEM.</summary>
internal static class ClientCertificate
{
    public static X509Certificate2 FromPem(string certificate, string key)
    {
        var made = X509Certificate2.CreateFromPem(certificate, key);
        if (!OperatingSystem.IsWindows())
            return made;

        // SChannel cannot use a key that exists in memory only.
        using (made)
        {
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
