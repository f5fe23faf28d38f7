using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Something worth telling the people who run the cluster (an Event, core/v1); reason is one word in CamelCase.</summary>
public sealed record ClusterEvent(TargetReference Regarding, string Reason, string Message, bool IsWarning);
