using Gateway.Core.Kubernetes.Client.Failures;
using k8s.KubeConfigModels;
using YamlDotNet.Core;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// Reads one or several kubeconfig files as kubectl merges them: of two entries with one name the first is used, and a path is relative to
/// the file that contains it.
/// </summary>
internal static class KubeconfigFiles
{
    /// <summary>An explicit file; else the list in KUBECONFIG; else ~/.kube/config.</summary>
    public static IReadOnlyList<string> Paths(string? explicitPath, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(explicitPath))
            return [explicitPath];
        if (environment("KUBECONFIG") is { Length: > 0 } list)
            return [.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Distinct()];
        return [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")];
    }

    /// <summary>Files of the list that do not exist are skipped; at least one must exist.</summary>
    public static K8SConfiguration Read(IReadOnlyList<string> paths)
    {
        var existing = paths.Where(File.Exists).ToList();
        if (existing.Count == 0)
            throw new ClusterConfigurationException($"No kubeconfig found: {string.Join(", ", paths)}. KUBECONFIG or Kubernetes__Kubeconfig names another file.");

        var all = existing.ConvertAll(ReadOne);
        return new K8SConfiguration
        {
            CurrentContext = all.ConvertAll(static config => config.CurrentContext).Find(static name => !string.IsNullOrEmpty(name)),
            Clusters = [.. all.SelectMany(static config => config.Clusters).DistinctBy(static entry => entry.Name, StringComparer.Ordinal)],
            Contexts = [.. all.SelectMany(static config => config.Contexts).DistinctBy(static entry => entry.Name, StringComparer.Ordinal)],
            Users = [.. all.SelectMany(static config => config.Users).DistinctBy(static entry => entry.Name, StringComparer.Ordinal)],
        };
    }

    private static K8SConfiguration ReadOne(string path)
    {
        K8SConfiguration config;
        try
        {
            config = Kubeconfig.Parse(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is YamlException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterConfigurationException($"{path} is not a valid kubeconfig: {failure.Message}", failure);
        }

        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var cluster in config.Clusters.Select(static entry => entry.ClusterEndpoint).OfType<ClusterEndpoint>())
            cluster.CertificateAuthority = Absolute(directory, cluster.CertificateAuthority);
        foreach (var user in config.Users.Select(static entry => entry.UserCredentials).OfType<UserWithTokenFile>())
        {
            user.TokenFile = Absolute(directory, user.TokenFile);
            user.ClientCertificate = Absolute(directory, user.ClientCertificate);
            user.ClientKey = Absolute(directory, user.ClientKey);
            // A command with a slash is a path; one without is searched in PATH.
            if (user.ExternalExecution is { Command: { } command } exec && command.Contains('/'))
                exec.Command = Absolute(directory, command);
        }

        return config;
    }

    private static string? Absolute(string directory, string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path, directory);
}
