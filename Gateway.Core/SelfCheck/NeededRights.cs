using Gateway.Core.Kubernetes.Client.Connections;
using k8s.Models;

namespace Gateway.Core.SelfCheck;

/// <summary>
/// Every right that the gateway needs with its settings, as it asks for them in reviews of its own access; docs/manifests/least-privilege.yaml grants them. Optional
/// rights (zones of nodes, settings of namespaces) are not among them.
/// </summary>
public static class NeededRights
{
    /// <param name="kubernetes">What is watched.</param>
    /// <param name="leaseNamespace">Where the leader's Lease is.</param>
    /// <param name="leaseName">Its name.</param>
    /// <param name="events">Events are created on pods.</param>
    public static IEnumerable<V1ResourceAttributes> Of(KubernetesOptions kubernetes, string leaseNamespace, string leaseName, bool events)
    {
        var (group, endpoints) = kubernetes.Endpoints == EndpointsKind.Endpoints ? ("", "endpoints") : ("discovery.k8s.io", "endpointslices");
        foreach (var ns in kubernetes.Namespaces.DefaultIfEmpty(""))
        {
            foreach (var verb in new[] { "get", "list", "watch", "patch" })
                yield return new V1ResourceAttributes { Verb = verb, Resource = "pods", NamespaceProperty = ns };
            foreach (var verb in new[] { "list", "watch" })
            {
                yield return new V1ResourceAttributes { Verb = verb, Resource = "services", NamespaceProperty = ns };
                yield return new V1ResourceAttributes { Verb = verb, Group = group, Resource = endpoints, NamespaceProperty = ns };
            }

            if (events)
                yield return new V1ResourceAttributes { Verb = "create", Group = "events.k8s.io", Resource = "events", NamespaceProperty = ns };
        }

        yield return new V1ResourceAttributes { Verb = "create", Group = "authentication.k8s.io", Resource = "tokenreviews" };
        yield return new V1ResourceAttributes { Verb = "create", Group = "authorization.k8s.io", Resource = "subjectaccessreviews" };
        yield return new V1ResourceAttributes { Verb = "create", Group = "coordination.k8s.io", Resource = "leases", NamespaceProperty = leaseNamespace };
        foreach (var verb in new[] { "get", "update" })
            yield return new V1ResourceAttributes { Verb = verb, Group = "coordination.k8s.io", Resource = "leases", NamespaceProperty = leaseNamespace, Name = leaseName };
    }

    /// <summary>"list, watch pods in every namespace" and so on, one phrase a resource and place.</summary>
    public static string Describe(IEnumerable<V1ResourceAttributes> rights) => string.Join("; ", rights
        .GroupBy(static right => (right.Group, right.Resource, right.NamespaceProperty))
        .Select(static group =>
        {
            var (apiGroup, resource, ns) = group.Key;
            var what = string.IsNullOrEmpty(apiGroup) ? resource : $"{resource}.{apiGroup}";
            return $"{string.Join(", ", group.Select(static right => right.Verb))} {what} {(string.IsNullOrEmpty(ns) ? "in the whole cluster" : $"in namespace {ns}")}";
        }));
}
