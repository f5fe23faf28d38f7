using System.Security.Cryptography.X509Certificates;

namespace Gateway.Core.Kubernetes.Client.Connections;

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
