using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Subscriptions;

/// <summary>What is true at one version of the cluster: the instances of each service, sorted by id; a service without any is absent.</summary>
internal sealed record WorldState(ulong Version, ImmutableDictionary<ServiceKey, ImmutableArray<Instance>> Services)
{
    public static readonly WorldState Empty = new(0, ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>.Empty);

    public WorldState With(ServiceKey service, params Instance[] instances) => new(
        Version + 1,
        instances.Length == 0 ? Services.Remove(service) : Services.SetItem(service, [.. instances.OrderBy(static one => one.Id, StringComparer.Ordinal)]));

    public WorldState WithChanged(ServiceKey service, Func<ImmutableArray<Instance>, IEnumerable<Instance>> change) =>
        With(service, [.. change(Services.GetValueOrDefault(service, []))]);

    public static Instance Instance(ServiceKey service, string id, int weight = 100, InstanceStatus status = InstanceStatus.Up, string group = "") => new()
    {
        Id = id,
        Key = new(service.Namespace, service.Name, group, "", "http", 8080),
        Address = "10.0.0.1",
        Addresses = ["10.0.0.1"],
        Weight = weight,
        Status = status,
        Revision = $"{weight}-{status}-{group}",
    };
}
