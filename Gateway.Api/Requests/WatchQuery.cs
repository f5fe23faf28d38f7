using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Requests;

/// <summary>The query of a stream: services, first event and duration.</summary>
internal sealed record WatchQuery(StreamSelection Selection, StreamStart Start, TimeSpan? Timeout)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly ImmutableArray<string> OfOne = [.. FilterParameters.Names, "timeout", "initial"];
    private static readonly ImmutableArray<string> OfMany = [.. OfOne, "service", "namespace"];

    public static WatchQuery ReadOne(HttpRequest request, ServiceKey service, FaultList faults, InstanceFormat? form = null)
    {
        var query = new QueryReader(request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var (start, timeout) = ReadOptions(ref query, request, faults);
        query.Finish(OfOne.AsSpan());
        return new WatchQuery(StreamSelection.OfOne(service, form is null ? filter : filter.In(form)), start, timeout);
    }

    /// <summary>The same query of another service, by another request.</summary>
    public WatchQuery Of(ServiceKey service, HttpRequest request) =>
        new(StreamSelection.OfOne(service, Selection.Filter), Start with { LastEventId = request.Headers["Last-Event-ID"] }, Timeout);

    public static WatchQuery ReadMany(HttpRequest request, int maxServices, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var (start, timeout) = ReadOptions(ref query, request, faults);
        var (ns, names) = (query.Text("namespace"), query.Texts("service"));
        query.Finish(OfMany.AsSpan());
        var services = names.TakeWhile(_ => !faults.IsCut).Select(name => ReadService(name!, faults)).ToList();
        if (ns is not null && !ObjectNames.IsLabel(ns))
            faults.AtParameter("namespace", FaultCodes.InvalidValue, $"A namespace must be a DNS label{ObjectNames.OffendingInLabel(ns)}.");
        if (ns is not null && services.Count > 0)
            faults.AtParameter("namespace", FaultCodes.InvalidValue, "Use either 'service' or 'namespace', not both.");
        if (ns is null && services.Count == 0)
            faults.AtParameter("service", FaultCodes.Missing, "'service=namespace/name' (repeatable) or 'namespace' is required.");
        if (services.Count > maxServices)
            faults.AtParameter("service", FaultCodes.TooLong, $"A stream can have at most {maxServices} services.");
        var selection = ns is null ? StreamSelection.OfMany(services, filter) : StreamSelection.OfNamespace(ns, filter);
        return new WatchQuery(selection, start, timeout);
    }

    private static (StreamStart Start, TimeSpan? Timeout) ReadOptions(ref QueryReader query, HttpRequest request, FaultList faults)
    {
        var timeout = query.Duration("timeout", Longest);
        var initial = query.Text("initial");
        if (initial is not (null or "events" or "snapshot"))
            faults.AtParameter("initial", FaultCodes.InvalidValue, "'initial' must be 'snapshot' (default) or 'events'.");
        return (new StreamStart(initial == "events", request.Headers["Last-Event-ID"]), timeout);
    }

    private static ServiceKey ReadService(string text, FaultList faults)
    {
        var slash = text.IndexOf('/');
        var service = slash < 0 ? new ServiceKey("", text) : new ServiceKey(text[..slash], text[(slash + 1)..]);
        if (slash < 0)
            faults.AtParameter("service", FaultCodes.Syntax, "A service must be written as namespace/name.");
        else
            RouteService.Check(service, "service", "service", faults);
        return service;
    }
}
