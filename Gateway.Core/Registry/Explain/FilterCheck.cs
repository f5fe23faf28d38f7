using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Explain;

/// <summary>Which requirement of the lookup's filter excludes an instance?</summary>
internal static class FilterCheck
{
    private const string Help = "Correct or leave out that parameter of the lookup.";

    public static ExplainedCheck Filter(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Filter);
        var filter = its.Question.Filter;
        var shown = filter.Apply(its.Instances);
        foreach (var instance in its.Instances)
        {
            if (ExcludedBy(filter, instance) is { } requirement)
                found.Add($"Instance {instance.Id} is excluded by {requirement}.", Help);
            else if (filter.Matches(instance) && !shown.Contains(instance))
                found.Add(filter.PreferNode is { } node && instance.Node != node && shown.Any(one => one.Node == node)
                    ? $"Instance {instance.Id} is not on the preferred node {node}, which has others."
                    : $"Instance {instance.Id} is not of the preferred zone {filter.PreferZone}, which has others.", Help);
        }

        return found.ToCheck(filter.IsDefault ? "No filter is asked for, but status UP." : "The filter takes every instance.", hasChecked: !its.Instances.IsEmpty);
    }

    /// <summary>Null: it matches, or only the default status excludes it, which the other checks explain.</summary>
    private static string? ExcludedBy(LookupFilter filter, Instance instance)
    {
        if (filter.Matches(instance))
            return null;
        if (instance.IsOfApplication)
            return "the native form: it registered an interface, and is shown under its application to Dubbo consumers alone";
        if (Differs(filter.Group, instance.Key.Group))
            return $"group={filter.Group}: it has {Own("group", instance.Key.Group)}";
        if (Differs(filter.Version, instance.Key.Version))
            return $"version={filter.Version}: it has {Own("version", instance.Key.Version)}";
        if (Differs(filter.Protocol, instance.Key.Protocol))
            return $"protocol={filter.Protocol}: it has {instance.Key.Protocol}";
        if (filter.Zone is not null && filter.Zone != instance.Zone)
            return $"zone={filter.Zone}: it is in {instance.Zone ?? "no known zone"}";
        if (filter.Node is not null && filter.Node != instance.Node)
            return $"node={filter.Node}: it is on {instance.Node ?? "no known node"}";
        if (filter.Source is { } source && source != instance.Source)
            return $"source={InstanceSourceNames.Of(source)}: it is of source {InstanceSourceNames.Of(instance.Source)}";
        if (filter.Selector.FirstUnmet(instance.Metadata) is { } unmet)
            return $"selector={unmet}: its metadata has {(instance.Metadata.TryGetValue(unmet.Key, out var own) ? $"{unmet.Key}={own}" : $"no {unmet.Key}")}";
        if (!filter.Statuses.Holds(instance.Status))
            return filter.Statuses == InstanceStatuses.Up ? null : $"status: it is {InstanceStatusNames.Of(instance.Status)}";
        return "the filter";
    }

    private static bool Differs(string? asked, string own) => asked is not null && asked != own;

    private static string Own(string name, string value) => value.Length == 0 ? $"no {name}" : value;
}
