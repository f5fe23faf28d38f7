using System.Globalization;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Connects to this pod's cluster with the files and variables that the kubelet gives every pod.</summary>
internal static class InClusterConnection
{
    public const string DefaultDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    public static ClusterConnection Open(string directory, Func<string, string?> environment, TimeProvider time)
    {
        var host = environment("KUBERNETES_SERVICE_HOST");
        var port = environment("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new ClusterConfigurationException(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this process does not run in a pod. "
                + "Outside a cluster set Kubernetes__Mode=Kubeconfig, or ASPNETCORE_ENVIRONMENT=Development for an emulated cluster.");
        }

        var token = Path.Combine(directory, "token");
        var authorities = Path.Combine(directory, "ca.crt");
        foreach (var file in (string[])[token, authorities])
        {
            if (!File.Exists(file))
                throw new ClusterConfigurationException($"{file} does not exist: the pod has no service account token.");
        }

        var trust = new ServerTrust(time, () => ServerTrust.ParsePem(File.ReadAllText(authorities)));
        return new()
        {
            BaseAddress = AddressOf(host, port),
            Namespace = NamespaceOf(Path.Combine(directory, "namespace")),
            Credentials = new FileCredential(time, token, null),
            Trust = trust,
        };
    }

    private static Uri AddressOf(string host, string port)
    {
        // In an IPv6 cluster the variable is a bare address; a URL needs it in brackets.
        var bracketed = host.Contains(':') && !host.StartsWith('[') ? $"[{host}]" : host;
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            Uri.TryCreate($"https://{bracketed}:{number}/", UriKind.Absolute, out var address)
            ? address
            : throw new ClusterConfigurationException($"KUBERNETES_SERVICE_HOST '{host}' and PORT '{port}' are not a valid address.");
    }

    private static string? NamespaceOf(string file) => File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } ns ? ns : null;
}
