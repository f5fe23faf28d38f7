using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Where the API server is, whom to trust there, and what proves who the gateway is.</summary>
public sealed class ClusterConnection
{
    private volatile X509Certificate2? _certificate;

    /// <summary>Ends in a slash: every path is relative to it.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>The namespace of this pod, or of the kubeconfig's context; null when nobody says.</summary>
    public string? Namespace
    {
        get;
        init => field = value is null || ObjectNames.IsLabel(value)
            ? value
            : throw new ClusterConfigurationException($"The namespace '{value}' (of the kubeconfig's context, or of the pod) is no name of a namespace.");
    }

    internal ICredentialSource Credentials { get; init; } = new FixedCredential(ClusterCredential.None);

    /// <summary>Null: the authorities that the system trusts.</summary>
    internal ServerTrust? Trust { get; init; }

    /// <summary>The kubeconfig says <c>insecure-skip-tls-verify</c>. Nothing else can set it.</summary>
    internal bool SkipsVerification { get; init; }

    /// <summary>The name in the server's certificate where it is not the address's.</summary>
    internal string? ServerName { get; init; }

    /// <summary>Null: what the environment says (HTTPS_PROXY, NO_PROXY).</summary>
    internal Uri? Proxy { get; init; }

    internal bool NeverUsesProxy { get; init; }

    /// <summary>Takes the place of the network, for tests of what a channel may throw.</summary>
    internal HttpMessageHandler? Channel { get; init; }

    /// <summary>Throws <see cref="ClusterConfigurationException"/> when what the mode asks for is not there.</summary>
    public static ClusterConnection Open(KubernetesOptions options, TimeProvider time, ILogger logger) => options.Mode switch
    {
        KubernetesMode.Emulated => new() { BaseAddress = WithSlash(new Uri(options.EmulatorUrl)), NeverUsesProxy = true },
        KubernetesMode.InCluster => InClusterConnection.Open(InClusterConnection.DefaultDirectory, Environment.GetEnvironmentVariable, time),
        KubernetesMode.Kubeconfig => KubeconfigConnection.Open(
            KubeconfigFiles.Paths(options.Kubeconfig, Environment.GetEnvironmentVariable), options.Context, time, logger),
        _ => throw new ClusterConfigurationException($"There is no mode {options.Mode}."),
    };

    internal static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;

    /// <summary>The credential for one request. A client certificate is shown on connections opened from now on.</summary>
    internal async ValueTask<ClusterCredential> GetCredentialAsync(CancellationToken cancellationToken)
    {
        var credential = await Credentials.GetAsync(cancellationToken);
        _certificate = credential.Certificate;
        return credential;
    }

    internal HttpMessageHandler NewChannel() => Channel ?? NewHandler();

    internal SocketsHttpHandler NewHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // The transport sends the trace context itself, where a span of ours is the parent.
            ActivityHeadersPropagator = null,
            // A silent network shows only here: a watch of an idle kind has nothing else to say.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // What is left of a dropped watch is not worth reading.
            MaxResponseDrainSize = 0,
            // A renewed client certificate gets its connection within ten minutes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseProxy = !NeverUsesProxy,
        };
        if (Proxy is not null)
            handler.Proxy = new WebProxy(Proxy);
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate!;
        if (SkipsVerification)
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (Trust is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = Trust.Validate;
        return handler;
    }
}
