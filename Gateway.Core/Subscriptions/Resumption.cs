using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>Finds out what a client that comes back holds: the state now, or one of the remembered ones. The digest is the proof.</summary>
internal static class Resumption
{
    /// <summary>What the client holds, by service; null when that is not known any more.</summary>
    public static Dictionary<ServiceKey, ImmutableArray<Instance>>? Recall(
        SubscriptionHub hub, StreamSelection selection, StreamPosition position, RegistrySnapshot current)
    {
        var services = selection.Namespace is { } ns ? current.ServicesIn(ns).Union(hub.Past.ChangedIn(ns)) : selection.Services;
        var held = services.ToDictionary(static key => key, key => hub.ViewOf(current.Find(key).View(selection.Filter)).Instances);
        if (Proves(held, position))
            return held;
        return selection.IsSingle
            ? RecallOne(hub, selection.Services[0], selection.Filter, position)
            : RecallAll(hub, held.Keys, selection.Filter, position, current);
    }

    private static Dictionary<ServiceKey, ImmutableArray<Instance>>? RecallOne(
        SubscriptionHub hub, ServiceKey service, LookupFilter filter, StreamPosition position)
    {
        foreach (var past in hub.Past.Of(service))
        {
            var instances = filter.Apply(past.Instances);
            if (StreamDigest.Of(instances) == position.Digest)
                return new() { [service] = instances };
        }
        return null;
    }

    private static Dictionary<ServiceKey, ImmutableArray<Instance>>? RecallAll(
        SubscriptionHub hub, IEnumerable<ServiceKey> services, LookupFilter filter, StreamPosition position, RegistrySnapshot current)
    {
        var held = new Dictionary<ServiceKey, ImmutableArray<Instance>>();
        foreach (var service in services)
        {
            var now = current.Find(service);
            if (position.Revision.Covers(now.Revision))
                held[service] = filter.Apply(now.Instances);
            else if (hub.Past.Of(service).FirstOrDefault(state => state.Since is null || position.Revision.Covers(state.Since)) is { } past)
                held[service] = filter.Apply(past.Instances);
            else
                return null;
        }
        return Proves(held, position) ? held : null;
    }

    private static bool Proves(Dictionary<ServiceKey, ImmutableArray<Instance>> held, StreamPosition position)
    {
        UInt128 digest = 0;
        foreach (var instances in held.Values)
            digest = unchecked(digest + StreamDigest.Of(instances));
        return digest == position.Digest;
    }
}
