using YamlDotNet.Serialization;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>The parts of a kubeconfig (client.config/v1) that are read.</summary>
internal sealed class Kubeconfig
{
    [YamlMember(Alias = "current-context")]
    public string? CurrentContext { get; set; }

    [YamlMember(Alias = "clusters")]
    public List<NamedCluster> Clusters { get; set; } = [];

    [YamlMember(Alias = "contexts")]
    public List<NamedContext> Contexts { get; set; } = [];

    [YamlMember(Alias = "users")]
    public List<NamedUser> Users { get; set; } = [];

    internal sealed class NamedCluster
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "cluster")]
        public Cluster? Cluster { get; set; }
    }

    internal sealed class Cluster
    {
        [YamlMember(Alias = "server")]
        public string? Server { get; set; }

        [YamlMember(Alias = "certificate-authority")]
        public string? CertificateAuthority { get; set; }

        [YamlMember(Alias = "certificate-authority-data")]
        public string? CertificateAuthorityData { get; set; }

        [YamlMember(Alias = "insecure-skip-tls-verify")]
        public bool InsecureSkipTlsVerify { get; set; }

        [YamlMember(Alias = "tls-server-name")]
        public string? TlsServerName { get; set; }

        [YamlMember(Alias = "proxy-url")]
        public string? ProxyUrl { get; set; }
    }

    internal sealed class NamedContext
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "context")]
        public Context? Context { get; set; }
    }

    internal sealed class Context
    {
        [YamlMember(Alias = "cluster")]
        public string Cluster { get; set; } = "";

        [YamlMember(Alias = "user")]
        public string User { get; set; } = "";

        [YamlMember(Alias = "namespace")]
        public string? Namespace { get; set; }
    }

    internal sealed class NamedUser
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "user")]
        public User? User { get; set; }
    }

    internal sealed class User
    {
        [YamlMember(Alias = "token")]
        public string? Token { get; set; }

        [YamlMember(Alias = "tokenFile")]
        public string? TokenFile { get; set; }

        [YamlMember(Alias = "client-certificate")]
        public string? ClientCertificate { get; set; }

        [YamlMember(Alias = "client-certificate-data")]
        public string? ClientCertificateData { get; set; }

        [YamlMember(Alias = "client-key")]
        public string? ClientKey { get; set; }

        [YamlMember(Alias = "client-key-data")]
        public string? ClientKeyData { get; set; }

        [YamlMember(Alias = "username")]
        public string? Username { get; set; }

        [YamlMember(Alias = "auth-provider")]
        public Dictionary<string, object>? AuthProvider { get; set; }

        [YamlMember(Alias = "exec")]
        public Exec? Exec { get; set; }
    }

    internal sealed class Exec
    {
        [YamlMember(Alias = "apiVersion")]
        public string ApiVersion { get; set; } = "";

        [YamlMember(Alias = "command")]
        public string Command { get; set; } = "";

        [YamlMember(Alias = "args")]
        public List<string>? Arguments { get; set; }

        [YamlMember(Alias = "env")]
        public List<Variable>? Environment { get; set; }

        [YamlMember(Alias = "installHint")]
        public string? InstallHint { get; set; }

        [YamlMember(Alias = "provideClusterInfo")]
        public bool ProvideClusterInfo { get; set; }

        [YamlMember(Alias = "interactiveMode")]
        public string? InteractiveMode { get; set; }
    }

    internal sealed class Variable
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "value")]
        public string Value { get; set; } = "";
    }
}
