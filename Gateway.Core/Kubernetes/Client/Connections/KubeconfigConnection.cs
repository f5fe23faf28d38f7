using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Core.Kubernetes.Client.Failures;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Connects with a context of a kubeconfig, as kubectl does.</summary>
internal static partial class KubeconfigConnection
{
    public static ClusterConnection Open(IReadOnlyList<string> paths, string? contextName, TimeProvider time, ILogger logger)
    {
        var config = KubeconfigFiles.Read(paths);
        var wanted = string.IsNullOrEmpty(contextName) ? config.CurrentContext : contextName;
        if (string.IsNullOrEmpty(wanted))
            throw new ClusterConfigurationException("The kubeconfig has no current context, and none is configured: kubectl config use-context NAME, or Kubernetes__Context.");
        // Names are case-sensitive, as for kubectl.
        var context = config.Contexts.FirstOrDefault(entry => entry.Name == wanted)?.ContextDetails
            ?? throw new ClusterConfigurationException($"The kubeconfig has no context '{wanted}'; it has {string.Join(", ", config.Contexts.Select(static entry => $"'{entry.Name}'"))}.");
        var cluster = config.Clusters.FirstOrDefault(entry => entry.Name == context.Cluster)?.ClusterEndpoint as ClusterWithProxy
            ?? throw new ClusterConfigurationException($"The kubeconfig has no cluster '{context.Cluster}', which context '{wanted}' names.");
        var user = string.IsNullOrEmpty(context.User)
            ? new()
            : config.Users.FirstOrDefault(entry => entry.Name == context.User)?.UserCredentials as UserWithTokenFile
                ?? throw new ClusterConfigurationException($"The kubeconfig has no user '{context.User}', which context '{wanted}' names.");

        if (!Uri.TryCreate(cluster.Server, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            throw new ClusterConfigurationException($"The server '{cluster.Server}' of cluster '{context.Cluster}' is not an http(s) URL.");
        if (cluster.SkipTlsVerify)
            SkippingVerification(logger, context.Cluster, server);

        return new()
        {
            BaseAddress = ClusterConnection.WithSlash(server),
            Namespace = string.IsNullOrEmpty(context.Namespace) ? null : context.Namespace,
            Credentials = CredentialsOf(user, context.User, cluster, time),
            Trust = TrustOf(cluster, time),
            SkipsVerification = cluster.SkipTlsVerify,
            ServerName = string.IsNullOrEmpty(cluster.TlsServerName) ? null : cluster.TlsServerName,
            Proxy = ProxyOf(cluster),
        };
    }

    private static Uri? ProxyOf(ClusterWithProxy cluster)
    {
        if (string.IsNullOrEmpty(cluster.ProxyUrl))
            return null;
        return Uri.TryCreate(cluster.ProxyUrl, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5"
            ? proxy
            : throw new ClusterConfigurationException($"The proxy-url '{cluster.ProxyUrl}' is not an http, https or socks5 URL.");
    }

    private static ServerTrust? TrustOf(ClusterWithProxy cluster, TimeProvider time)
    {
        // Inline data overrides a file, as in kubectl.
        Func<X509Certificate2Collection> read;
        if (!string.IsNullOrEmpty(cluster.CertificateAuthorityData))
        {
            var pem = Decode(cluster.CertificateAuthorityData, "certificate-authority-data");
            read = () => ServerTrust.ParsePem(pem);
        }
        else if (!string.IsNullOrEmpty(cluster.CertificateAuthority))
        {
            var file = cluster.CertificateAuthority;
            read = () => ServerTrust.ParsePem(File.ReadAllText(file));
        }
        else
        {
            return null;
        }

        try
        {
            read();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ClusterConfigurationException($"The cluster's certificate authority cannot be read: {failure.Message}", failure);
        }

        return new(time, read);
    }

    private static ICredentialSource CredentialsOf(UserWithTokenFile user, string name, ClusterWithProxy cluster, TimeProvider time)
    {
        if (!string.IsNullOrEmpty(user.UserName))
            throw new ClusterConfigurationException($"User '{name}' has a password; API servers since 1.19 do not accept passwords.");
        if (user.AuthProvider is not null)
            throw new ClusterConfigurationException($"User '{name}' has an auth-provider; since 1.26 this must be an exec plugin.");
        if (user.ExternalExecution is ExecWithMode { Command: null or "" })
            throw new ClusterConfigurationException($"The exec plugin of user '{name}' has no command.");
        if (user.ExternalExecution is ExecWithMode exec)
            return new ExecCredential(exec, exec.ProvideClusterInfo ? cluster : null, time);

        var certificate = CertificateOf(user, name);
        if (!string.IsNullOrEmpty(user.TokenFile))
            return new FileCredential(time, user.TokenFile, certificate);
        return user.ClientCertificateData is { Length: > 0 } && user.ClientKeyData is { Length: > 0 } || certificate is null
            ? new FixedCredential(new(string.IsNullOrEmpty(user.Token) ? null : user.Token, certificate?.Invoke()))
            : new FileCredential(time, null, certificate, string.IsNullOrEmpty(user.Token) ? null : user.Token);
    }

    private static Func<X509Certificate2?>? CertificateOf(UserWithTokenFile user, string name)
    {
        var certificate = PemOf(user.ClientCertificateData, user.ClientCertificate, "client-certificate-data");
        var key = PemOf(user.ClientKeyData, user.ClientKey, "client-key-data");
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw new ClusterConfigurationException($"User '{name}' has only one of client certificate and client key.");
        try
        {
            ClientCertificate.FromPem(certificate(), key()).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ClusterConfigurationException($"The client certificate of user '{name}' cannot be read: {failure.Message}", failure);
        }

        return () => ClientCertificate.FromPem(certificate(), key());
    }

    private static Func<string>? PemOf(string? data, string? file, string member)
    {
        if (!string.IsNullOrEmpty(data))
        {
            var pem = Decode(data, member);
            return () => pem;
        }

        return string.IsNullOrEmpty(file) ? null : () => File.ReadAllText(file);
    }

    private static string Decode(string base64, string member)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException failure)
        {
            throw new ClusterConfigurationException($"{member} is not base64.", failure);
        }
    }

    [LoggerMessage(1000, LogLevel.Warning,
        "The kubeconfig sets insecure-skip-tls-verify for cluster {Cluster}: the certificate of {Server} is not verified")]
    private static partial void SkippingVerification(ILogger logger, string cluster, Uri server);
}
