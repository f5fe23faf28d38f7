using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>The cluster, and the part of it, that the gateway watches (section <c>Kubernetes</c>).</summary>
public sealed class KubernetesOptions
{
    public const string Section = "Kubernetes";

    /// <summary>A revision has three parts for each namespace that is watched by itself; those of more do not fit into its 200 characters.</summary>
    public const int MaxNamespaces = 10;

    /// <summary>How the API server is found.</summary>
    public KubernetesMode Mode { get; set; } = KubernetesMode.InCluster;

    /// <summary>Mode Kubeconfig: the file; empty is kubectl's default (the list in KUBECONFIG, else ~/.kube/config).</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>Mode Kubeconfig: the context; empty is the file's current one.</summary>
    public string? Context { get; set; }

    /// <summary>Mode Emulated: the URL of the emulated API server.</summary>
    public string EmulatorUrl { get; set; } = "http://127.0.0.1:8081";

    /// <summary>The watched namespaces; empty is the whole cluster.</summary>
    public IList<string> Namespaces { get; } = [];

    /// <summary>A label selector for pods; empty selects all pods.</summary>
    public string? PodSelector { get; set; }

    /// <summary>The kind from which the endpoints of Services are read.</summary>
    public EndpointsKind Endpoints { get; set; } = EndpointsKind.EndpointSlices;

    /// <summary>Lists and watches are received as protobuf where the API server speaks it; false: as JSON, to read them with other tools.</summary>
    public bool Protobuf { get; set; } = true;

    /// <summary>The cluster's DNS domain, used in the names that <c>.../services/{name}/dns</c> returns.</summary>
    public string ClusterDomain { get; set; } = "cluster.local";

    /// <summary>Added to the User-Agent, so that replicas can be distinguished in the API server's logs; empty adds nothing.</summary>
    public string? InstanceName { get; set; }

    /// <summary>
    /// How often the copy of each kind is compared with the API server, in pages of names and versions, at most one a second; <c>0</c> switches
    /// that off.
    /// </summary>
    public TimeSpan WatchdogInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Yields one sentence per fault.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Mode))
            yield return $"{Section}:Mode {Mode} is none of {string.Join(", ", Enum.GetNames<KubernetesMode>())}.";
        if (!Enum.IsDefined(Endpoints))
            yield return $"{Section}:Endpoints {Endpoints} is none of {string.Join(", ", Enum.GetNames<EndpointsKind>())}.";
        if (Mode == KubernetesMode.Emulated && !(Uri.TryCreate(EmulatorUrl, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp))
            yield return $"{Section}:EmulatorUrl '{EmulatorUrl}' must be an absolute http URL.";
        if (Mode == KubernetesMode.Kubeconfig && !string.IsNullOrEmpty(Kubeconfig) && !File.Exists(Kubeconfig))
            yield return $"{Section}:Kubeconfig '{Kubeconfig}' does not exist.";
        if (Namespaces.Count > MaxNamespaces)
            yield return $"{Section}:Namespaces has {Namespaces.Count} entries; at most {MaxNamespaces} can be watched one by one. Leave it empty to watch the whole cluster.";
        if (WatchdogInterval != TimeSpan.Zero && (WatchdogInterval < TimeSpan.FromMinutes(1) || WatchdogInterval > TimeSpan.FromDays(1)))
            yield return $"{Section}:WatchdogInterval {WatchdogInterval} must be 0 or between 00:01:00 and 1.00:00:00.";
        for (var i = 0; i < Namespaces.Count; i++)
        {
            if (!ObjectNames.IsLabel(Namespaces[i]))
                yield return $"{Section}:Namespaces:{i} '{Namespaces[i]}' is not a valid namespace name.";
            else if (Namespaces.IndexOf(Namespaces[i]) < i)
                yield return $"{Section}:Namespaces:{i} '{Namespaces[i]}' appears twice.";
        }

        if (ClusterDomain.Length is 0 or > 253 || !ClusterDomain.TrimEnd('.').Split('.').All(static part => ObjectNames.IsLabel(part)))
            yield return $"{Section}:ClusterDomain '{ClusterDomain}' is not a valid domain name.";
        if (PodSelector is not null && PodSelector.Any(char.IsControl))
            yield return $"{Section}:PodSelector contains a control character.";
        if (InstanceName is not null && !InstanceName.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            yield return $"{Section}:InstanceName '{InstanceName}' may contain only letters, digits, '-', '_' and '.'.";
    }
}

/// <summary>The cluster that the gateway connects to.</summary>
public enum KubernetesMode
{
    /// <summary>The emulated API server, without TLS and without credentials.</summary>
    Emulated,

    /// <summary>The cluster this pod runs in, with the pod's service account.</summary>
    InCluster,

    /// <summary>A context of a kubeconfig, chosen as kubectl does.</summary>
    Kubeconfig,
}

/// <summary>The kind from which the endpoints of a Service are read.</summary>
public enum EndpointsKind
{
    /// <summary>discovery.k8s.io/v1</summary>
    EndpointSlices,

    /// <summary>core/v1, deprecated since 1.33; for clusters that do not maintain EndpointSlices.</summary>
    Endpoints,
}
