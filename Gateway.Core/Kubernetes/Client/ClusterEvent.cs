using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Something worth telling the people who run the cluster (an Event, events.k8s.io/v1); reason is one word in CamelCase, action what was done
/// to the object.
/// </summary>
public sealed record ClusterEvent(TargetReference Regarding, string Reason, string Action, string Message, bool IsWarning);
