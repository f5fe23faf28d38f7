using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>Which targets a Prometheus server asks for.</summary>
internal sealed record TargetQuery(string? Namespace, IReadOnlySet<string> Services, string? Port, InstanceStatuses Statuses)
{
    private const int MaxNames = 100;

    /// <summary>Identifies the bytes of one service.</summary>
    public string Variant { get; } = $"prometheus|{Port}|{(int)Statuses}";

    public static TargetQuery Read(IQueryCollection parameters, FaultList faults)
    {
        var query = new QueryReader(parameters, faults);
        var (ns, port, named, asked) = (query.Text("namespace"), query.Text("port"), query.Texts("service"), query.Texts("status"));
        query.Finish("namespace", "service", "port", "status");
        var services = named.Where(static name => !string.IsNullOrEmpty(name)).Select(static name => name!).ToHashSet(StringComparer.Ordinal);
        if (services.Count > MaxNames)
            faults.AtParameter("service", FaultCodes.InvalidValue, $"At most {MaxNames} services can be named; without any, all are listed.");
        var statuses = InstanceStatuses.None;
        foreach (var status in asked)
        {
            if (status == "any")
                statuses |= InstanceStatuses.Any;
            else if (InstanceStatusNames.TryParse(status, out var known))
                statuses |= known.AsSet();
            else
                faults.AtParameter("status", FaultCodes.InvalidValue, $"A status is one of {string.Join(", ", InstanceStatusNames.All)}, or any.");
        }

        return new TargetQuery(ns, services, port, statuses == InstanceStatuses.None ? InstanceStatuses.Any : statuses);
    }

    public IEnumerable<ServiceSnapshot> ServicesOf(FacadeView view) => Services.Count switch
    {
        0 => view.Services,
        _ => Services.Order(StringComparer.Ordinal).Select(view.Find).OfType<ServiceSnapshot>(),
    };
}
