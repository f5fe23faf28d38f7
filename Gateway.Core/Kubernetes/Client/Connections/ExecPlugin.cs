using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// Runs a credential plugin: passes the request in KUBERNETES_EXEC_INFO and reads the answer from its standard output
/// (client.authentication.k8s.io/v1 and v1beta1). There is no terminal: a plugin that prompts fails.
/// </summary>
internal static class ExecPlugin
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<ExecPluginAnswer> RunAsync(
        ExecWithMode exec, ClusterWithProxy? cluster, TimeProvider time, CancellationToken cancellationToken)
    {
        if (exec.ApiVersion is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
            throw Failed(exec, $"uses {exec.ApiVersion}; only client.authentication.k8s.io/v1 and v1beta1 are supported");
        if (exec.InteractiveMode == "Always")
            throw Failed(exec, "needs a terminal (interactiveMode: Always), and there is none");

        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        using var process = Start(exec, cluster);
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await errors;
            await process.WaitForExitAsync(deadline.Token);
            if (process.ExitCode != 0)
                throw Failed(exec, $"exited with code {process.ExitCode}");
            return Parse(exec, output);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(exec, $"did not answer within {Patience.TotalSeconds} s");
        }
    }

    internal static string Request(string apiVersion, ClusterWithProxy? cluster)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("kind", "ExecCredential");
            json.WriteString("apiVersion", apiVersion);
            json.WriteStartObject("spec");
            json.WriteBoolean("interactive", false);
            if (cluster is not null)
            {
                json.WriteStartObject("cluster");
                json.WriteString("server", cluster.Server);
                if (cluster.TlsServerName is { Length: > 0 } name)
                    json.WriteString("tls-server-name", name);
                if (cluster.SkipTlsVerify)
                    json.WriteBoolean("insecure-skip-tls-verify", true);
                if (AuthorityOf(cluster) is { } authority)
                    json.WriteString("certificate-authority-data", authority);
                if (cluster.ProxyUrl is { Length: > 0 } proxy)
                    json.WriteString("proxy-url", proxy);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    // A plugin receives the CA bundle itself, never its path.
    private static string? AuthorityOf(ClusterWithProxy cluster) => cluster switch
    {
        { CertificateAuthorityData.Length: > 0 } => cluster.CertificateAuthorityData,
        { CertificateAuthority.Length: > 0 } => Convert.ToBase64String(File.ReadAllBytes(cluster.CertificateAuthority)),
        _ => null,
    };

    private static Process Start(ExecWithMode exec, ClusterWithProxy? cluster)
    {
        try
        {
            var start = new ProcessStartInfo(exec.Command, exec.Arguments ?? [])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            foreach (var variable in exec.EnvironmentVariables ?? [])
            {
                if (variable.GetValueOrDefault("name") is { Length: > 0 } name)
                    start.Environment[name] = variable.GetValueOrDefault("value") ?? "";
            }

            start.Environment["KUBERNETES_EXEC_INFO"] = Request(exec.ApiVersion, cluster);
            return Process.Start(start)!;
        }
        catch (Exception failure) when (failure is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw Failed(exec, $"cannot be started: {failure.Message} {exec.InstallHint}".TrimEnd(), failure);
        }
    }

    private static ExecPluginAnswer Parse(ExecWithMode exec, string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "kind") != "ExecCredential" || Text(root, "apiVersion") != exec.ApiVersion)
                throw Failed(exec, $"did not answer with an ExecCredential of {exec.ApiVersion}");
            if (!root.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.Object)
                throw Failed(exec, "answered without a status");

            var answer = new ExecPluginAnswer(Text(status, "token"), Text(status, "clientCertificateData"), Text(status, "clientKeyData"),
                status.TryGetProperty("expirationTimestamp", out var expires) && expires.ValueKind == JsonValueKind.String
                    ? expires.GetDateTimeOffset()
                    : null);
            var hasCertificate = answer.ClientCertificateData is not null;
            if (hasCertificate != answer.ClientKeyData is not null || answer.Token is null && !hasCertificate)
                throw Failed(exec, "answered with neither a token nor a certificate with its key");
            return answer;
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            // The output may hold a credential: it is not quoted.
            throw Failed(exec, "did not answer with valid JSON", failure);
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    private static KubernetesApiException Failed(ExecWithMode exec, string what, Exception? cause = null) =>
        new(0, null, message: $"The credential plugin {exec.Command} {what}.", innerException: cause);
}

/// <summary>The status of an ExecCredential: a token, or a certificate with its key (PEM), or both.</summary>
internal sealed record ExecPluginAnswer(string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp);
