using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry;

/// <summary>Every instance by its id. Immutable; made by the projector.</summary>
public sealed class InstanceTable
{
    public static readonly InstanceTable Empty = new(new(static (instance, i) => i == 0 ? instance.Id.GetHashCode() : null), 0);

    private readonly ObjectTrie<Instance> _instances;

    private InstanceTable(ObjectTrie<Instance> instances, int count) => (_instances, Count) = (instances, count);

    public int Count { get; }

    /// <summary>In no order.</summary>
    public IEnumerable<Instance> All => _instances.All;

    public Instance? Find(string id) => FindIn(_instances, id);

    private static Instance? FindIn(ObjectTrie<Instance> instances, string id)
    {
        foreach (var instance in instances.Candidates(id.GetHashCode()))
        {
            if (instance.Id == id)
                return instance;
        }

        return null;
    }

    /// <summary>Makes the next table. Used by one thread.</summary>
    internal sealed class Builder(InstanceTable former)
    {
        private readonly ObjectTrie<Instance>.Builder _next = new(former._instances, former.Count);

        public void Set(Instance instance) => _next.Change(FindIn(_next.Trie, instance.Id), instance);

        public void Remove(string id) => _next.Change(FindIn(_next.Trie, id), null);

        public InstanceTable ToTable() => ReferenceEquals(_next.Publish(), former._instances) ? former : new InstanceTable(_next.Trie, _next.Count);
    }
}
