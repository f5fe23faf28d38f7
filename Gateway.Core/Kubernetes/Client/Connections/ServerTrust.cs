using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// Verifies the API server's certificate against a bundle of authorities only or, without a bundle, against the system's. The bundle's
/// file is read again when it is a minute old, so that a rotated authority needs no restart.
/// </summary>
internal sealed class ServerTrust(TimeProvider time, Func<X509Certificate2Collection> readAuthorities)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private X509Certificate2Collection? _authorities;
    private long _readAt;

    public static X509Certificate2Collection ParsePem(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("The bundle contains no certificate.");
    }

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        // The platform's verdict on the chain is about the system's authorities and is ignored; its verdict on the name counts.
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;

        var authorities = Authorities();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(authorities);
        foreach (var element in presented?.ChainElements.Skip(1) ?? [])
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(server) || EndsInIntermediate(chain, authorities);
    }

    // A bundle may hold an intermediate authority without its root; kubectl trusts it, and so does the gateway.
    private static bool EndsInIntermediate(X509Chain chain, X509Certificate2Collection authorities) =>
        chain.ChainElements.Count > 1 &&
        chain.ChainStatus.All(static status => status.Status == X509ChainStatusFlags.PartialChain) &&
        authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span));

    private X509Certificate2Collection Authorities()
    {
        lock (_gate)
        {
            if (_authorities is not null && time.GetElapsedTime(_readAt) < FreshFor)
                return _authorities;
            try
            {
                _authorities = readAuthorities();
            }
            catch (Exception failure) when (_authorities is not null && failure is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // The file is being rotated: the previous authorities are used for another minute.
            }

            _readAt = time.GetTimestamp();
            return _authorities!;
        }
    }
}
