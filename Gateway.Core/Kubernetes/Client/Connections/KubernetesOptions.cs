using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client.Connections;

/// <summary>Which cluster, and which part of it, the gateway follows (section <c>Kubernetes</c>).</summary>
public sealed class KubernetesOptions
{
    public const string Section = "Kubernetes";

    /// <summary>A revision has three parts for each namespace that is watched by itself; those of more do not fit into its 200 characters.</summary>
    public const int MaxNamespaces = 10;

    /// <summary>Who says where the API server is.</summary>
    public KubernetesMode Mode { get; set; } = KubernetesMode.InCluster;

    /// <summary>Mode Kubeconfig: the file; empty is kubectl's rule (the list in KUBECONFIG, else ~/.kube/config).</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>Mode Kubeconfig: the context; empty is the file's current one.</summary>
    public string? Context { get; set; }

    /// <summary>Mode Emulated: where the emulated API server listens.</summary>
    public string EmulatorUrl { get; set; } = "http://127.0.0.1:8081";

    /// <summary>The namespaces that are watched, one by one; empty is the whole cluster.</summary>
    public IList<string> Namespaces { get; } = [];

    /// <summary>A label selector for pods; empty is all pods.</summary>
    public string? PodSelector { get; set; }

    /// <summary>From which kind the endpoints of Services are read.</summary>
    public EndpointsKind Endpoints { get; set; } = EndpointsKind.EndpointSlices;

    /// <summary>The domain of the cluster's DNS, for the names that <c>.../services/{name}/dns</c> tells.</summary>
    public string ClusterDomain { get; set; } = "cluster.local";

    /// <summary>Names this process in its User-Agent, so that two replicas can be told apart at the API server; empty is unnamed.</summary>
    public string? InstanceName { get; set; }

    /// <summary>Every fault, as a sentence each.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Mode))
            yield return $"{Section}:Mode {Mode} is none of {string.Join(", ", Enum.GetNames<KubernetesMode>())}.";
        if (!Enum.IsDefined(Endpoints))
            yield return $"{Section}:Endpoints {Endpoints} is none of {string.Join(", ", Enum.GetNames<EndpointsKind>())}.";
        if (Mode == KubernetesMode.Emulated && !(Uri.TryCreate(EmulatorUrl, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp))
            yield return $"{Section}:EmulatorUrl '{EmulatorUrl}' is no absolute http URL.";
        if (Mode == KubernetesMode.Kubeconfig && !string.IsNullOrEmpty(Kubeconfig) && !File.Exists(Kubeconfig))
            yield return $"{Section}:Kubeconfig '{Kubeconfig}' does not exist.";
        if (Namespaces.Count > MaxNamespaces)
            yield return $"{Section}:Namespaces has {Namespaces.Count} entries; at most {MaxNamespaces} can be watched one by one. Leave it empty to watch the whole cluster.";
        for (var i = 0; i < Namespaces.Count; i++)
        {
            if (!ObjectNames.IsLabel(Namespaces[i]))
                yield return $"{Section}:Namespaces:{i} '{Namespaces[i]}' is no name of a namespace.";
            else if (Namespaces.IndexOf(Namespaces[i]) < i)
                yield return $"{Section}:Namespaces:{i} '{Namespaces[i]}' is named twice.";
        }

        if (ClusterDomain.Length is 0 or > 253 || !ClusterDomain.TrimEnd('.').Split('.').All(static part => ObjectNames.IsLabel(part)))
            yield return $"{Section}:ClusterDomain '{ClusterDomain}' is no domain name.";
        if (PodSelector is not null && PodSelector.Any(char.IsControl))
            yield return $"{Section}:PodSelector holds a control character.";
        if (InstanceName is not null && !InstanceName.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            yield return $"{Section}:InstanceName '{InstanceName}' may hold letters, digits, '-', '_' and '.' only.";
    }
}

/// <summary>Which cluster is spoken to, and who says where it is.</summary>
public enum KubernetesMode
{
    /// <summary>The emulated API server, without TLS and without credentials.</summary>
    Emulated,

    /// <summary>The cluster this pod runs in, with its service account.</summary>
    InCluster,

    /// <summary>A context of a kubeconfig, as kubectl would take it.</summary>
    Kubeconfig,
}

/// <summary>The kind from which the endpoints of a Service are read.</summary>
public enum EndpointsKind
{
    /// <summary>discovery.k8s.io/v1</summary>
    EndpointSlices,

    /// <summary>core/v1, deprecated since 1.33; for clusters whose slices are not kept.</summary>
    Endpoints,
}
