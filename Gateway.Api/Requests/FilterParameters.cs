using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The filters of lookup, pick and streams (contract, section 2) as query parameters.</summary>
internal static class FilterParameters
{
    public static readonly ImmutableArray<string> Names = ["group", "version", "protocol", "status", "selector", "zone", "preferZone", "source"];

    public static LookupFilter Read(ref QueryReader query, FaultList faults) => new()
    {
        Group = query.Text("group"),
        Version = query.Text("version"),
        Protocol = query.Text("protocol"),
        Statuses = ReadStatuses(ref query, faults),
        Selector = ReadSelector(ref query, faults),
        Zone = query.Text("zone"),
        PreferZone = query.Text("preferZone"),
        Source = ReadSource(ref query, faults),
    };

    public static InstanceSource? ReadSource(ref QueryReader query, FaultList faults)
    {
        if (query.Text("source") is not { } text)
            return null;
        if (InstanceSourceNames.TryParse(text, out var source))
            return source;
        faults.AtParameter("source", FaultCodes.InvalidValue, $"The source must be one of {string.Join(", ", InstanceSourceNames.All)}.");
        return null;
    }

    private static InstanceStatuses ReadStatuses(ref QueryReader query, FaultList faults)
    {
        var asked = InstanceStatuses.None;
        foreach (var text in query.Texts("status"))
        {
            if (text == "any")
                asked |= InstanceStatuses.Any;
            else if (InstanceStatusNames.TryParse(text, out var status))
                asked |= status.AsSet();
            else
                faults.AtParameter("status", FaultCodes.InvalidValue, $"The status must be one of {string.Join(", ", InstanceStatusNames.All)}, or any.");
        }
        return asked == InstanceStatuses.None ? InstanceStatuses.Up : asked;
    }

    private static LabelSelector ReadSelector(ref QueryReader query, FaultList faults)
    {
        if (query.Text("selector") is not { } text)
            return LabelSelector.Everything;
        if (!LabelSelector.TryParse(text, out var selector, out var fault))
            faults.AtParameter("selector", FaultCodes.Syntax, $"At character {fault!.Position + 1}: {fault.Detail}");
        return selector;
    }
}
