using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using k8s.Authentication;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Provides credentials. Safe for concurrent callers.</summary>
internal interface ICredentialSource : ITokenProvider
{
    /// <summary>The current credential; throws <see cref="KubernetesApiException"/> (status 0) when it cannot be read.</summary>
    ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>Call when the API server refused this credential (401): the next call reads a newer one. False: there is none.</summary>
    bool Reject(ClusterCredential credential);

    async Task<AuthenticationHeaderValue?> ITokenProvider.GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        (await GetAsync(cancellationToken)).Header;
}

/// <summary>The gateway's credential at the API server: a bearer token, a client certificate, both or neither.</summary>
internal sealed record ClusterCredential(string? Token, X509Certificate2? Certificate)
{
    public static readonly ClusterCredential None = new(null, null);

    /// <summary>Null: a certificate, or nothing.</summary>
    public AuthenticationHeaderValue? Header { get; } = Token is null ? null : new("Bearer", Token);

    // Keeps the token out of the log if a credential is logged by mistake.
    public override string ToString() => $"token: {Token is not null}, certificate: {Certificate?.Subject}";
}

/// <summary>A credential that never changes.</summary>
internal sealed class FixedCredential(ClusterCredential credential) : ICredentialSource
{
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credential);

    public bool Reject(ClusterCredential rejected) => false;
}

/// <summary>Creates client certificates from PEM.</summary>
internal static class ClientCertificate
{
    public static X509Certificate2 FromPem(string certificate, string key)
    {
        var made = X509Certificate2.CreateFromPem(certificate, key);
        if (!OperatingSystem.IsWindows())
            return made;

        // SChannel cannot use an in-memory key.
        using (made)
        {
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
