using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// Merges a new projection into the former one: an unchanged instance stays the same object with its revision, so that readers detect
/// changes by reference, and only changed instances are encoded and hashed.
/// </summary>
internal static class InstanceMerge
{
    /// <summary>Returns the former array itself when nothing differs. Both are sorted by id.</summary>
    public static ImmutableArray<Instance> Merge(ImmutableArray<Instance> former, List<Instance> projected)
    {
        var differs = former.Length != projected.Count;
        var merged = ImmutableArray.CreateBuilder<Instance>(projected.Count);
        var at = 0;
        foreach (var instance in projected)
        {
            while (at < former.Length && string.CompareOrdinal(former[at].Id, instance.Id) < 0)
                at++;
            var kept = at < former.Length ? Kept(former[at], instance) : null;
            differs |= kept is null || !ReferenceEquals(kept, former[at]);
            merged.Add(kept ?? WithRevision(instance));
        }

        return differs ? merged.MoveToImmutable() : former;
    }

    /// <summary>
    /// The former instances with those of some pods replaced by <paramref name="projected"/>; null when one of these has the id of another pod's instance.
    /// Returns the former array itself when nothing differs. Both are sorted by id.
    /// </summary>
    public static ImmutableArray<Instance>? MergePods(ImmutableArray<Instance> former, IReadOnlySet<ObjectKey> pods, List<Instance> projected)
    {
        List<int> replaced = [];
        for (var i = 0; i < former.Length; i++)
        {
            if (former[i].Pod is { } pod && pods.Contains(pod.KeyIn(former[i].Key.Namespace)))
                replaced.Add(i);
        }

        var differs = replaced.Count != projected.Count;
        var merged = ImmutableArray.CreateBuilder<Instance>(former.Length - replaced.Count + projected.Count);
        var (at, of) = (0, 0);
        foreach (var instance in projected)
        {
            var order = -1;
            while (at < former.Length && (order = string.CompareOrdinal(former[at].Id, instance.Id)) < 0)
                Pass();
            if (at == former.Length || order > 0)
            {
                differs = true;
                merged.Add(WithRevision(instance));
            }
            else if (of == replaced.Count || replaced[of] != at)
            {
                return null;
            }
            else
            {
                var kept = Kept(former[at], instance);
                differs |= !ReferenceEquals(kept, former[at]);
                merged.Add(kept ?? WithRevision(instance));
                (at, of) = (at + 1, of + 1);
            }
        }

        while (at < former.Length)
            Pass();
        return differs ? merged.MoveToImmutable() : former;

        void Pass()
        {
            if (of < replaced.Count && replaced[of] == at)
                of++;
            else
                merged.Add(former[at]);
            at++;
        }
    }

    /// <summary>Whether two states of a service show the same, whatever ids clients of other registries have for it. Both are sorted by id.</summary>
    public static bool ShowsSame(ImmutableArray<Instance> one, ImmutableArray<Instance> other)
    {
        if (one == other)
            return true;
        if (one.Length != other.Length)
            return false;
        for (var i = 0; i < one.Length; i++)
        {
            if (!ReferenceEquals(one[i], other[i]) && !IsSame(one[i], other[i]))
                return false;
        }

        return true;
    }

    /// <summary>
    /// The former object where nothing differs; with the new ids where only those by which clients of other registries know it do: they are not shown, so the
    /// revision stays. Null: it shows something else.
    /// </summary>
    private static Instance? Kept(Instance former, Instance instance) =>
        !IsSame(former, instance) ? null
        : IsSame(former.Clients, instance.Clients) ? former
        : former with { Clients = instance.Clients };

    private static Instance WithRevision(Instance instance) => instance with { Revision = InstanceJson.RevisionOf(instance) };

    /// <summary>Whether two instances are equal in everything that is shown or filtered, except their revisions.</summary>
    internal static bool IsSame(Instance one, Instance other) =>
        one.Id == other.Id
        && one.Status == other.Status
        && one.Reason == other.Reason
        && one.Weight == other.Weight
        && one.Source == other.Source
        && one.HasAddressesOf(other)
        && one.Host == other.Host
        && one.Zone == other.Zone
        && one.Node == other.Node
        && one.StillServes == other.StillServes
        && one.Hostname == other.Hostname
        && one.IsOfApplication == other.IsOfApplication
        && one.RegisteredAt == other.RegisteredAt
        && one.Key == other.Key
        && one.Pod == other.Pod
        && IsSame(one.Ports, other.Ports)
        && IsSame(one.Metadata, other.Metadata);

    internal static bool IsSame(Fallback? one, Fallback? other) =>
        one is null || other is null
            ? one == other
            : one.Dns == other.Dns && one.ClusterIP == other.ClusterIP && one.InternalTrafficPolicy == other.InternalTrafficPolicy
                && one.TrafficDistribution == other.TrafficDistribution && one.Ports.AsSpan().SequenceEqual(other.Ports.AsSpan());

    private static bool IsSame<T>(ImmutableArray<T> one, ImmutableArray<T> other)
        where T : IEquatable<T> => one == other || one.AsSpan().SequenceEqual(other.AsSpan());

    private static bool IsSame(ImmutableSortedDictionary<string, string> one, ImmutableSortedDictionary<string, string> other) =>
        one == other || (one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && value == entry.Value));
}
