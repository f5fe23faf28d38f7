namespace Gateway.Core.Kubernetes.Client;

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
