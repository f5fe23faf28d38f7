using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// A token, a certificate or both from rotated files. Read again, and written here, by the first request after a minute.
/// </summary>
internal sealed class FileCredential(TimeProvider time, string? tokenFile, Func<X509Certificate2?>? readCertificate, string? token = null)
    : ICredentialSource
{
    // The kubelet refreshes the token at 80 % of its life; a minute old is always fresh enough.
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private ClusterCredential? _current;
    private long _readAt;

    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_current is null || time.GetElapsedTime(_readAt) >= FreshFor)
            {
                _current = Read();
                _readAt = time.GetTimestamp();
            }

            return ValueTask.FromResult(_current);
        }
    }

    public bool Reject(ClusterCredential credential)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_current, credential))
                return true;
            var former = _current;
            _current = null;
            return tokenFile is not null && former.Token is not null;
        }
    }

    private ClusterCredential Read()
    {
        try
        {
            return new(tokenFile is null ? token : File.ReadAllText(tokenFile).Trim(), readCertificate?.Invoke());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KubernetesApiException(0, null, message: $"The credential files cannot be read: {failure.Message}", innerException: failure);
        }
    }
}
