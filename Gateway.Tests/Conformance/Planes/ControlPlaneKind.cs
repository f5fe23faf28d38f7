namespace Gateway.Tests.Conformance.Planes;

/// <summary>Where a conformance test runs.</summary>
public enum ControlPlaneKind
{
    /// <summary>The emulated API: always.</summary>
    Emulated,

    /// <summary>etcd and kube-apiserver from the folder that KUBEBUILDER_ASSETS names.</summary>
    Binaries,

    /// <summary>The cluster of KUBECONFIG, once GATEWAY_TEST_CLUSTER=1 says that it may be used.</summary>
    Cluster,
}
