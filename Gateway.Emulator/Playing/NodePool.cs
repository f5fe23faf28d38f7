using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Playing;

/// <summary>The nodes, their number of pods, and which pod has which address. Written and read by the player's loop alone.</summary>
internal sealed class NodePool(bool isDualStack)
{
    private readonly SortedDictionary<string, PlayedNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _podCounts = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, ObjectKey> _owners = [];
    private readonly Dictionary<ObjectKey, (string? Node, List<IPAddress> Addresses)> _pods = [];
    private int _lastNumber;

    public void Clear()
    {
        _nodes.Clear();
        _podCounts.Clear();
        _owners.Clear();
        _pods.Clear();
        _lastNumber = 0;
    }

    /// <returns>Whether pods without a node may be scheduled now.</returns>
    public bool SetNode(string name, JsonObject? node)
    {
        _nodes.Remove(name, out var old);
        if (node is null)
        {
            return false;
        }

        var current = new PlayedNode(node, old?.Number ?? ++_lastNumber, isDualStack);
        _nodes[name] = current;
        return true;
    }

    public void SetPod(ObjectKey key, JsonObject? pod)
    {
        if (_pods.Remove(key, out var old))
        {
            old.Addresses.ForEach(address => _owners.Remove(address));
            if (old.Node is not null)
            {
                _podCounts[old.Node]--;
            }
        }

        if (pod is null)
        {
            return;
        }

        var spec = pod.Object("spec");
        var node = spec.Text("nodeName");
        List<IPAddress> addresses = spec.Flag("hostNetwork") ? [] : [.. PodFacts.Read(pod).Addresses];
        _pods[key] = (node, addresses);
        addresses.ForEach(address => _owners[address] = key);
        if (node is not null)
        {
            _podCounts[node] = _podCounts.GetValueOrDefault(node) + 1;
        }
    }

    public PlayedNode? Find(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>The node with the fewest pods among those that accept this one.</summary>
    public PlayedNode? Choose(JsonObject pod) =>
        _nodes.Values.Where(node => node.Takes(pod)).MinBy(node => _podCounts.GetValueOrDefault(node.Name));

    /// <summary>Addresses for a pod on this node; empty when the node has none left.</summary>
    public List<IPAddress> TakeAddresses(PlayedNode node, JsonObject pod)
    {
        if (pod.Object("spec").Flag("hostNetwork"))
        {
            return IPAddress.TryParse(node.HostIp, out var host) ? [host] : [];
        }

        List<IPAddress> addresses = [];
        foreach (var range in node.Ranges)
        {
            if (range.Allocate(_owners.ContainsKey) is not { } address)
            {
                return [];
            }

            addresses.Add(address);
        }

        return addresses;
    }
}
