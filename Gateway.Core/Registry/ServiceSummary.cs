using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry;

/// <summary>
/// The entry of one service in a list: the number of instances by status, and its groups, versions, protocols and sources.
/// </summary>
public sealed class ServiceSummary
{
    internal ServiceSummary(ImmutableArray<Instance> instances)
    {
        var counts = new int[InstanceStatusNames.All.Length];
        foreach (var instance in instances)
            counts[(int)instance.Status]++;
        Counts = [.. counts];
        Groups = Names(instances, static instance => instance.Key.Group);
        Versions = Names(instances, static instance => instance.Key.Version);
        Protocols = Names(instances, static instance => instance.Key.Protocol);
        Sources = [.. instances.Select(static instance => instance.Source).Distinct().Order()];
    }

    /// <summary>Indexed by <see cref="InstanceStatus"/>.</summary>
    public ImmutableArray<int> Counts { get; }

    /// <summary>Sorted; "" where an instance has none.</summary>
    public ImmutableArray<string> Groups { get; }

    /// <summary>Sorted; "" where an instance has none.</summary>
    public ImmutableArray<string> Versions { get; }

    public ImmutableArray<string> Protocols { get; }

    public ImmutableArray<InstanceSource> Sources { get; }

    private static ImmutableArray<string> Names(ImmutableArray<Instance> instances, Func<Instance, string> name) =>
        [.. instances.Select(name).Distinct().Order(StringComparer.Ordinal)];
}
