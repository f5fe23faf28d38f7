using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>Which changes are asked for: of a namespace, of one of its services or null, since a time or null, the latest so many.</summary>
internal sealed record HistoryQuery(string Namespace, string? Service, DateTimeOffset? Since, int Limit)
{
    public const int DefaultLimit = 1_000;
    public const int MaxLimit = 10_000;

    public static Result<HistoryQuery> Read(HttpRequest request)
    {
        var faults = new FaultList();
        var query = new QueryReader(request.Query, faults);
        var ns = query.Text("namespace");
        var service = query.Text("service");
        var since = query.Time("since");
        var limit = query.Integer("limit", 1, MaxLimit) ?? DefaultLimit;
        query.Finish("namespace", "service", "since", "limit");
        if (ns is null && !faults.Faults.Any(static fault => fault.Parameter == "namespace"))
            faults.AtParameter("namespace", FaultCodes.Missing, "'namespace' is required.");
        else if (ns is not null && !ObjectNames.IsLabel(ns))
            faults.AtParameter("namespace", FaultCodes.InvalidValue, "A namespace must be a DNS label.");
        if (service is not null && !RegistrationRules.IsName(service))
            faults.AtParameter("service", FaultCodes.InvalidValue, $"A service name must be 1 to 253 of {RegistrationRules.NameCharacters}");
        return faults.IsEmpty ? new HistoryQuery(ns!, service, since, limit) : faults.ToRefusal();
    }
}
