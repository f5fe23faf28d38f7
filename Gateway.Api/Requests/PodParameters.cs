using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The pod that a call without a body names: <c>namespace</c> and <c>pod</c>, both or neither; for a list also the namespace alone.</summary>
internal static class PodParameters
{
    public static PodName? Read(ref QueryReader query, FaultList faults)
    {
        var (ns, pod) = ReadBoth(ref query, faults, mayNameNamespace: false);
        return ns is null || pod is null ? null : new PodName(ns, pod);
    }

    public static (string? Namespace, PodName? Pod) ReadForList(ref QueryReader query, FaultList faults)
    {
        var (ns, pod) = ReadBoth(ref query, faults, mayNameNamespace: true);
        return (ns, ns is null || pod is null ? null : new PodName(ns, pod));
    }

    private static (string? Namespace, string? Pod) ReadBoth(ref QueryReader query, FaultList faults, bool mayNameNamespace)
    {
        var (ns, pod) = (query.Text("namespace"), query.Text("pod"));
        if (ns is null != pod is null && (pod is not null || !mayNameNamespace))
            faults.AtParameter(ns is null ? "namespace" : "pod", FaultCodes.Missing, "'namespace' and 'pod' must be given together; for the caller's own pod leave both out.");
        if (ns is not null && !ObjectNames.IsLabel(ns))
            faults.AtParameter("namespace", FaultCodes.InvalidValue, $"A namespace must be a DNS label{ObjectNames.OffendingInLabel(ns)}.");
        if (pod is not null && !ObjectNames.IsSubdomain(pod))
            faults.AtParameter("pod", FaultCodes.InvalidValue, $"A pod name must be a DNS subdomain{ObjectNames.OffendingInSubdomain(pod)}.");
        return (ns, pod);
    }
}
