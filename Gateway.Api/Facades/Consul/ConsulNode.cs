using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// The node of a service in Consul's sense: the place with an agent and an address of its own, which is the pod. An endpoint without a pod is its own node.
/// </summary>
internal sealed record ConsulNode(string Id, string Name, string Address, ImmutableSortedDictionary<string, string> Meta)
{
    /// <summary>The one data centre of this registry.</summary>
    public const string Datacenter = "dc1";

    public static ConsulNode Of(Instance instance)
    {
        var address = instance.Address ?? "";
        var meta = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        meta["kubernetes-namespace"] = instance.Key.Namespace;
        if ((instance.Pod?.Node ?? instance.Node) is { } node)
            meta["kubernetes-node"] = node;
        if ((instance.Pod?.Zone ?? instance.Zone) is { } zone)
            meta["kubernetes-zone"] = zone;
        return instance.Pod is { } pod
            ? new ConsulNode(pod.Uid, pod.Name, address, meta.ToImmutable())
            : new ConsulNode(IdOf($"{instance.Key.Namespace}/{address}"), address, address, meta.ToImmutable());
    }

    public bool Has(KeyValuePair<string, string> pair) => Meta.TryGetValue(pair.Key, out var value) && value == pair.Value;

    // Consul's node ids are UUIDs; this one is the same on every replica.
    private static string IdOf(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true).ToString();
}
