using Gateway.Core.Kubernetes.Client.Failures;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

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
    public static Kubeconfig Read(IReadOnlyList<string> paths)
    {
        var existing = paths.Where(File.Exists).ToList();
        if (existing.Count == 0)
            throw new ClusterConfigurationException($"No kubeconfig found: {string.Join(", ", paths)}.");

        var merged = new Kubeconfig();
        foreach (var path in existing)
        {
            var next = ReadOne(path);
            if (string.IsNullOrEmpty(merged.CurrentContext))
                merged.CurrentContext = next.CurrentContext;
            merged.Clusters.AddRange(next.Clusters.Where(entry => merged.Clusters.TrueForAll(held => held.Name != entry.Name)));
            merged.Contexts.AddRange(next.Contexts.Where(entry => merged.Contexts.TrueForAll(held => held.Name != entry.Name)));
            merged.Users.AddRange(next.Users.Where(entry => merged.Users.TrueForAll(held => held.Name != entry.Name)));
        }

        return merged;
    }

    private static Kubeconfig ReadOne(string path)
    {
        Kubeconfig config;
        try
        {
            config = new DeserializerBuilder().IgnoreUnmatchedProperties().Build().Deserialize<Kubeconfig?>(File.ReadAllText(path)) ?? new();
        }
        catch (Exception failure) when (failure is YamlException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterConfigurationException($"{path} is not a valid kubeconfig: {failure.Message}", failure);
        }

        // A key without a value ("users:") is null in YAML.
        (config.Clusters, config.Contexts, config.Users) = (config.Clusters ?? [], config.Contexts ?? [], config.Users ?? []);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var cluster in config.Clusters.Select(static entry => entry.Cluster).OfType<Kubeconfig.Cluster>())
            cluster.CertificateAuthority = Absolute(directory, cluster.CertificateAuthority);
        foreach (var user in config.Users.Select(static entry => entry.User).OfType<Kubeconfig.User>())
        {
            user.TokenFile = Absolute(directory, user.TokenFile);
            user.ClientCertificate = Absolute(directory, user.ClientCertificate);
            user.ClientKey = Absolute(directory, user.ClientKey);
            // A command with a slash is a path; one without is searched in PATH.
            if (user.Exec is { } exec && exec.Command.Contains('/'))
                exec.Command = Absolute(directory, exec.Command)!;
        }

        return config;
    }

    private static string? Absolute(string directory, string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path, directory);
}
