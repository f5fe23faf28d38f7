using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>Whose consumers are asked for: those of a service, or what a pod consumes; one of the two is null.</summary>
internal sealed record ConsumersQuery(string Namespace, string? Service, string? Pod)
{
    public ServiceKey? Key => Service is null ? null : new ServiceKey(Namespace, Service);

    public static Result<ConsumersQuery> Read(HttpRequest request)
    {
        var faults = new FaultList();
        var query = new QueryReader(request.Query, faults);
        var (ns, service, pod) = (query.Text("namespace"), query.Text("service"), query.Text("pod"));
        query.Finish("namespace", "service", "pod");
        if (ns is null && !faults.Faults.Any(static fault => fault.Parameter == "namespace"))
            faults.AtParameter("namespace", FaultCodes.Missing, "'namespace' is required.");
        else if (ns is not null && !ObjectNames.IsLabel(ns))
            faults.AtParameter("namespace", FaultCodes.InvalidValue, $"A namespace must be a DNS label{ObjectNames.OffendingInLabel(ns)}.");
        if (service is not null && !RegistrationRules.IsName(service))
            faults.AtParameter("service", FaultCodes.InvalidValue, $"A service name must be 1 to 253 of {RegistrationRules.NameCharacters}");
        if (pod is not null && !ObjectNames.IsSubdomain(pod))
            faults.AtParameter("pod", FaultCodes.InvalidValue, $"A pod name must be a DNS subdomain{ObjectNames.OffendingInSubdomain(pod)}.");
        if (service is not null && pod is not null)
            faults.AtParameter("pod", FaultCodes.InvalidValue, "'service' asks who consumes it, 'pod' what it consumes: only one of the two can be given.");
        else if (service is null && pod is null && !faults.Faults.Any(static fault => fault.Parameter is "service" or "pod"))
            faults.AtParameter("service", FaultCodes.Missing, "'service' or 'pod' is required.");
        return faults.IsEmpty ? new ConsumersQuery(ns!, service, pod) : faults.ToRefusal();
    }
}
