using System.Collections.Immutable;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The filters of lookup, pick and streams (contract, section 2) as query parameters.</summary>
internal static class FilterParameters
{
    public static readonly ImmutableArray<string> Names = ["group", "version", "protocol", "status", "selector", "zone", "preferZone", "node", "preferNode", "terminating", "source"];

    // A filter is matched against every instance of a service, and kept with its answers.
    private const int MaxBytes = 1_024;
    private const int MaxRequirements = 32;
    private const int MaxValues = 100;

    public static LookupFilter Read(ref QueryReader query, FaultList faults) => new()
    {
        Group = Text(ref query, "group", faults),
        Version = Text(ref query, "version", faults),
        Protocol = Text(ref query, "protocol", faults),
        Statuses = ReadStatuses(ref query, faults),
        Selector = ReadSelector(ref query, faults),
        Zone = Text(ref query, "zone", faults),
        PreferZone = Text(ref query, "preferZone", faults),
        Node = Text(ref query, "node", faults),
        PreferNode = Text(ref query, "preferNode", faults),
        FallsBackToTerminating = ReadTerminating(ref query, faults),
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

    private static bool ReadTerminating(ref QueryReader query, FaultList faults)
    {
        var text = query.Text("terminating");
        if (text is not (null or "fallback"))
            faults.AtParameter("terminating", FaultCodes.InvalidValue, "'terminating' must be 'fallback'; status=TERMINATING asks for those alone.");
        return text == "fallback";
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
        if (Text(ref query, "selector", faults) is not { } text)
            return LabelSelector.Everything;
        if (!LabelSelector.TryParse(text, out var selector, out var fault))
            faults.AtParameter("selector", FaultCodes.Syntax, $"At character {fault!.Position + 1}: {fault.Detail}");
        else if (selector.Requirements > MaxRequirements)
            faults.AtParameter("selector", FaultCodes.TooLong, $"'selector' has {selector.Requirements} requirements; at most {MaxRequirements} are allowed.");
        else if (selector.Values > MaxValues)
            faults.AtParameter("selector", FaultCodes.TooLong, $"'selector' has {selector.Values} values; at most {MaxValues} are allowed.");
        return selector;
    }

    private static string? Text(ref QueryReader query, string name, FaultList faults)
    {
        var text = query.Text(name);
        var bytes = Encoding.UTF8.GetByteCount(text ?? "");
        if (bytes <= MaxBytes)
            return text;
        faults.AtParameter(name, FaultCodes.TooLong, $"'{name}' has {bytes} bytes; at most {MaxBytes} are allowed.");
        return null;
    }
}
