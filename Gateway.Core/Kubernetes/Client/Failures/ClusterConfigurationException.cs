namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>What says where the cluster is (a kubeconfig, the pod's service account) is missing or contradicts itself.</summary>
public sealed class ClusterConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
