namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>The configuration of the cluster connection (a kubeconfig, the pod's service account) is missing or contradictory.</summary>
public sealed class ClusterConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
