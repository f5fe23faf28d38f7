using k8s.KubeConfigModels;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>
/// Reads a kubeconfig (client.config/v1) into KubernetesClient's types. The library's own reading describes every model that it has first, and
/// has no member for some that kubectl reads: the types below add them.
/// </summary>
internal static class Kubeconfig
{
    /// <summary>Throws <see cref="YamlException"/>; lists without a value are empty.</summary>
    public static K8SConfiguration Parse(string yaml)
    {
        // Members that are not used are not read: the library has the extra of an impersonated user as text, and kubectl writes a list.
        var reader = new DeserializerBuilder()
            .IgnoreUnmatchedProperties()
            .WithTypeMapping<ClusterEndpoint, ClusterWithProxy>()
            .WithTypeMapping<UserCredentials, UserWithTokenFile>()
            .WithTypeMapping<ExternalExecution, ExecWithMode>()
            .WithAttributeOverride<K8SConfiguration>(static config => config.Preferences, new YamlIgnoreAttribute())
            .WithAttributeOverride<K8SConfiguration>(static config => config.Extensions, new YamlIgnoreAttribute())
            .WithAttributeOverride<ClusterEndpoint>(static cluster => cluster.Extensions, new YamlIgnoreAttribute())
            .WithAttributeOverride<ContextDetails>(static context => context.Extensions, new YamlIgnoreAttribute())
            .WithAttributeOverride<UserCredentials>(static user => user.Extensions, new YamlIgnoreAttribute())
            .WithAttributeOverride<UserCredentials>(static user => user.ImpersonateUserExtra, new YamlIgnoreAttribute())
            .Build();
        var config = reader.Deserialize<K8SConfiguration?>(yaml) ?? new();
        // A key without a value ("users:") is null in YAML.
        (config.Clusters, config.Contexts, config.Users) = (config.Clusters ?? [], config.Contexts ?? [], config.Users ?? []);
        return config;
    }
}

/// <summary>A cluster with its proxy.</summary>
internal sealed class ClusterWithProxy : ClusterEndpoint
{
    [YamlMember(Alias = "proxy-url", ApplyNamingConventions = false)]
    public string? ProxyUrl { get; set; }
}

/// <summary>A user with the file of its token.</summary>
internal sealed class UserWithTokenFile : UserCredentials
{
    [YamlMember(Alias = "tokenFile", ApplyNamingConventions = false)]
    public string? TokenFile { get; set; }
}

/// <summary>An exec plugin with the mode that says whether it needs a terminal.</summary>
internal sealed class ExecWithMode : ExternalExecution
{
    [YamlMember(Alias = "interactiveMode", ApplyNamingConventions = false)]
    public string? InteractiveMode { get; set; }
}
