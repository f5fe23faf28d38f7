using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;

namespace Gateway.Core.SelfCheck;

/// <summary>
/// Every right that the gateway needs with its settings, as access reviews of itself; docs/manifests/least-privilege.yaml grants them. Optional
/// rights (zones of nodes, settings of namespaces) are not among them.
/// </summary>
public static class NeededRights
{
    /// <param name="kubernetes">What is watched.</param>
    /// <param name="leaseNamespace">Where the leader's Lease is.</param>
    /// <param name="leaseName">Its name.</param>
    /// <param name="events">Events are created on pods.</param>
    public static IEnumerable<AccessReview> Of(KubernetesOptions kubernetes, string leaseNamespace, string leaseName, bool events)
    {
        var (group, endpoints) = kubernetes.Endpoints == EndpointsKind.Endpoints ? ("", "endpoints") : ("discovery.k8s.io", "endpointslices");
        foreach (var ns in kubernetes.Namespaces.DefaultIfEmpty(""))
        {
            foreach (var verb in new[] { "get", "list", "watch", "patch" })
                yield return new AccessReview { Verb = verb, Resource = "pods", Namespace = ns };
            foreach (var verb in new[] { "list", "watch" })
            {
                yield return new AccessReview { Verb = verb, Resource = "services", Namespace = ns };
                yield return new AccessReview { Verb = verb, Group = group, Resource = endpoints, Namespace = ns };
            }

            if (events)
                yield return new AccessReview { Verb = "create", Group = "events.k8s.io", Resource = "events", Namespace = ns };
        }

        yield return new AccessReview { Verb = "create", Group = "authentication.k8s.io", Resource = "tokenreviews" };
        yield return new AccessReview { Verb = "create", Group = "authorization.k8s.io", Resource = "subjectaccessreviews" };
        yield return new AccessReview { Verb = "create", Group = "coordination.k8s.io", Resource = "leases", Namespace = leaseNamespace };
        foreach (var verb in new[] { "get", "update" })
            yield return new AccessReview { Verb = verb, Group = "coordination.k8s.io", Resource = "leases", Namespace = leaseNamespace, Name = leaseName };
    }

    /// <summary>"list, watch pods in every namespace" and so on, one phrase a resource and place.</summary>
    public static string Describe(IEnumerable<AccessReview> rights) => string.Join("; ", rights
        .GroupBy(static right => (right.Group, right.Resource, right.Namespace))
        .Select(static group =>
        {
            var (apiGroup, resource, ns) = group.Key;
            var what = apiGroup.Length == 0 ? resource : $"{resource}.{apiGroup}";
            return $"{string.Join(", ", group.Select(static right => right.Verb))} {what} {(ns.Length == 0 ? "in the whole cluster" : $"in namespace {ns}")}";
        }));
}
