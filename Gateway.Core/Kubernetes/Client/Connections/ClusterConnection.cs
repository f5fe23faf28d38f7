using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using k8s;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>How to connect to the API server: address, trusted authorities and the gateway's credential.</summary>
public sealed class ClusterConnection
{
    private readonly CertifiedConnections _connections = new();

    private volatile X509Certificate2? _certificate;

    /// <summary>Ends with a slash: every path is relative to it.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>The namespace of this pod, or of the kubeconfig's context; null when neither is known.</summary>
    public string? Namespace
    {
        get;
        init => field = value is null || ObjectNames.IsLabel(value)
            ? value
            : throw new ClusterConfigurationException($"The namespace '{value}' (of the kubeconfig's context, or of the pod) is not a valid namespace name.");
    }

    internal ICredentialSource Credentials { get; init; } = new FixedCredential(ClusterCredential.None);

    /// <summary>Null: the system's trusted authorities.</summary>
    internal ServerTrust? Trust { get; init; }

    /// <summary>Set by the kubeconfig's <c>insecure-skip-tls-verify</c> and by nothing else.</summary>
    internal bool SkipsVerification { get; init; }

    /// <summary>The name expected in the server's certificate if it differs from the host of the address.</summary>
    internal string? ServerName { get; init; }

    /// <summary>Null: the proxy of the environment (HTTPS_PROXY, NO_PROXY).</summary>
    internal Uri? Proxy { get; init; }

    internal bool NeverUsesProxy { get; init; }

    /// <summary>
    /// The pings of an HTTP/2 connection that has carried nothing, or only what was sent, for that long. Only they detect a dead network: a watch of
    /// an idle kind receives nothing else.
    /// </summary>
    internal (TimeSpan Delay, TimeSpan Timeout) Pings { get; set; } = (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15));

    /// <summary>Replaces the network handler in tests of connection failures.</summary>
    internal HttpMessageHandler? Channel { get; init; }

    /// <summary>Throws <see cref="ClusterConfigurationException"/> when the configuration that the mode needs is missing.</summary>
    public static ClusterConnection Open(KubernetesOptions options, TimeProvider time, ILogger logger) => options.Mode switch
    {
        KubernetesMode.Emulated => new() { BaseAddress = WithSlash(new Uri(options.EmulatorUrl)), NeverUsesProxy = true },
        KubernetesMode.InCluster => InClusterConnection.Open(InClusterConnection.DefaultDirectory, Environment.GetEnvironmentVariable, time),
        KubernetesMode.Kubeconfig => KubeconfigConnection.Open(
            KubeconfigFiles.Paths(options.Kubeconfig, Environment.GetEnvironmentVariable), options.Context, time, logger),
        _ => throw new ClusterConfigurationException($"Unknown mode {options.Mode}."),
    };

    internal static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;

    /// <summary>The credential for one request. A client certificate is used on connections opened from now on.</summary>
    internal async ValueTask<ClusterCredential> GetCredentialAsync(CancellationToken cancellationToken)
    {
        var credential = await Credentials.GetAsync(cancellationToken);
        _certificate = credential.Certificate;
        _connections.Use(credential.Certificate);
        return credential;
    }

    /// <summary>A request was answered with 401; whether another credential can be read at once.</summary>
    internal bool Reject(ClusterCredential credential)
    {
        _connections.Refused(credential.Certificate);
        return Credentials.Reject(credential);
    }

    /// <summary>
    /// What KubernetesClient gets. It sets its own validation of certificates, and its own client certificate, after ours where its SslCaCerts,
    /// SkipTlsVerify or certificate members have a value: they have none.
    /// </summary>
    internal KubernetesClientConfiguration NewConfiguration(string userAgent) => new()
    {
        Host = BaseAddress.AbsoluteUri,
        Namespace = Namespace,
        UserAgent = userAgent,
        TokenProvider = Credentials,
        TlsServerName = ServerName,
        FirstMessageHandlerSetup = SetUp,
        // Time limits are set per call, by the injected clock; a watch has none.
        HttpClientTimeout = Timeout.InfiniteTimeSpan,
    };

    internal void SetUp(SocketsHttpHandler handler)
    {
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.AutomaticDecompression = DecompressionMethods.None;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        handler.EnableMultipleHttp2Connections = true;
        // The client sends the trace context itself when the parent is a span of the gateway.
        handler.ActivityHeadersPropagator = null;
        (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout) = Pings;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        // The rest of a closed watch is not read.
        handler.MaxResponseDrainSize = 0;
        // A renewed client certificate is in use within ten minutes, and at once when the former one was refused.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(10);
        handler.ConnectCallback = _connections.ConnectAsync;
        handler.UseProxy = !NeverUsesProxy;
        if (Proxy is not null)
            handler.Proxy = new WebProxy(Proxy);
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate!;
        if (SkipsVerification)
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (Trust is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = Trust.Validate;
    }
}
