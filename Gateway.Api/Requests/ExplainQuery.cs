using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The query of an explanation: a service, one of its pods or null, and the filter of the lookup that it is about.</summary>
internal sealed record ExplainQuery(ServiceKey Service, string? Pod, LookupFilter Filter)
{
    private static readonly ImmutableArray<string> Known = ["namespace", "service", "pod", .. FilterParameters.Names];

    public static Result<ExplainQuery> Read(HttpRequest request)
    {
        var faults = new FaultList();
        var query = new QueryReader(request.Query, faults);
        var service = new ServiceKey(Required(ref query, "namespace", faults), Required(ref query, "service", faults));
        var pod = query.Text("pod");
        var filter = FilterParameters.Read(ref query, faults);
        query.Finish(Known.AsSpan());
        if (faults.IsEmpty)
            RouteService.Check(service, "namespace", "service", faults);
        if (pod is not null && !ObjectNames.IsSubdomain(pod))
            faults.AtParameter("pod", FaultCodes.InvalidValue, "'pod' must be the name of a pod: a DNS subdomain.");
        return faults.IsEmpty ? new ExplainQuery(service, pod, filter) : faults.ToRefusal();
    }

    private static string Required(ref QueryReader query, string name, FaultList faults)
    {
        if (query.Text(name) is { } text)
            return text;
        if (!faults.Faults.Any(fault => fault.Parameter == name))
            faults.AtParameter(name, FaultCodes.Missing, $"'{name}' is required.");
        return "";
    }
}
