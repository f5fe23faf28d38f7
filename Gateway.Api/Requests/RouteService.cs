using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The service that a path names: <c>/namespaces/{ns}/services/{name}</c>.</summary>
internal static class RouteService
{
    public const string Pattern = "/namespaces/{ns}/services/{name}";

    public static ServiceKey Read(HttpContext context, FaultList faults, string nameParameter = "name")
    {
        var values = context.Request.RouteValues;
        var service = new ServiceKey((string)values["ns"]!, (string)values[nameParameter]!);
        Check(service, "ns", nameParameter, faults);
        return service;
    }

    public static void Check(ServiceKey service, string namespaceParameter, string nameParameter, FaultList faults)
    {
        if (!ObjectNames.IsLabel(service.Namespace))
            faults.AtParameter(namespaceParameter, FaultCodes.InvalidValue, $"A namespace must be a DNS label{ObjectNames.OffendingInLabel(service.Namespace)}.");
        if (!RegistrationRules.IsName(service.Name))
            faults.AtParameter(nameParameter, FaultCodes.InvalidValue, $"A service name must be 1 to 253 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(service.Name)}");
    }
}
