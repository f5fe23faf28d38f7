using System.Globalization;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Endpoints;

/// <summary>What an answer without instances says beside being empty: where it is explained, and what there is instead.</summary>
internal static class EmptyAnswer
{
    public static void Link(HttpResponse response, ServiceKey service) => response.Headers[HeaderNames.Link] =
        $"</v1/explain?namespace={Uri.EscapeDataString(service.Namespace)}&service={Uri.EscapeDataString(service.Name)}>; rel=\"help\"";

    public static Refusal NoInstance(ServiceSnapshot service) => new(RefusalCodes.NoInstance, Reason(service))
    {
        RetryAfter = TimeSpan.FromSeconds(1 + Random.Shared.Next(2)),
    };

    private static string Reason(ServiceSnapshot service)
    {
        var instances = service.Instances.Where(static one => !one.IsOfApplication).ToList();
        if (instances.Count == 0)
            return service.Fallback is null ? $"There is no service {service.Key}." : $"The Kubernetes Service {service.Key} has no instances.";
        var counts = instances.GroupBy(static one => one.Reason ?? InstanceStatusNames.Of(one.Status)).OrderByDescending(static group => group.Count())
            .Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} {group.Count()}"));
        var found = string.Create(CultureInfo.InvariantCulture, $"{instances.Count} {(instances.Count == 1 ? "instance" : "instances")} of {service.Key}");
        return instances.Any(static one => one.Status == InstanceStatus.Up)
            ? $"None of the {found} fits ({string.Join(", ", counts)})."
            : $"{found}, none UP ({string.Join(", ", counts)}).";
    }
}
