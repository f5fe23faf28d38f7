using System.Security.Cryptography;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// A credential from an exec plugin (client.authentication.k8s.io). The first request that finds none or an expired one runs the
/// plugin; other requests wait for the result.
/// </summary>
internal sealed class ExecCredential(ExecWithMode exec, ClusterWithProxy? cluster, TimeProvider time) : ICredentialSource
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Issued? _current;

    public async ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } credential)
            return credential;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (Fresh() is { } meanwhile)
                return meanwhile;
            var answer = await ExecPlugin.RunAsync(exec, cluster, time, cancellationToken);
            var issued = new Issued(CredentialOf(answer), answer.ExpirationTimestamp);
            _current = issued;
            return issued.Credential;
        }
        finally
        {
            _gate.Release();
        }
    }

    public bool Reject(ClusterCredential credential)
    {
        var current = _current;
        if (current is not null && ReferenceEquals(current.Credential, credential))
            Interlocked.CompareExchange(ref _current, null, current);
        return true;
    }

    private static ClusterCredential CredentialOf(ExecPluginAnswer answer)
    {
        try
        {
            return new(answer.Token, answer is { ClientCertificateData: { } certificate, ClientKeyData: { } key }
                ? ClientCertificate.FromPem(certificate, key)
                : null);
        }
        catch (CryptographicException failure)
        {
            throw new KubernetesApiException(0, null, message: $"The exec plugin's certificate cannot be read: {failure.Message}",
                innerException: failure);
        }
    }

    // Without an expiry it is used until the API server refuses it.
    private ClusterCredential? Fresh() =>
        _current is { } current && (current.Expires is null || time.GetUtcNow() < current.Expires) ? current.Credential : null;

    private sealed record Issued(ClusterCredential Credential, DateTimeOffset? Expires);
}
