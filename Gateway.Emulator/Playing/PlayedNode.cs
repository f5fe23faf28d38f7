using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;

namespace Gateway.Emulator.Playing;

/// <summary>The fields of a node that the played scheduler and kubelet need. Written and read by the player's loop alone.</summary>
internal sealed class PlayedNode
{
    private readonly IReadOnlyDictionary<string, string> _labels;

    /// <param name="node">The Node object.</param>
    /// <param name="number">Selects the address range of a node without podCIDR.</param>
    /// <param name="isDualStack">Pods also get an IPv6 address.</param>
    public PlayedNode(JsonObject node, int number, bool isDualStack)
    {
        var spec = node.Object("spec");
        Name = node.Object("metadata").Text("name") ?? "";
        Number = number;
        HostIp = node.Object("status").Items("addresses").FirstOrDefault(static address => address.Text("type") == "InternalIP").Text("address");
        IsSchedulable = !spec.Flag("unschedulable");
        _labels = node.Object("metadata").TextMap("labels");
        List<IPNetwork> networks = [];
        foreach (var cidr in spec.Texts("podCIDRs").Append(spec.Text("podCIDR") ?? ""))
        {
            if (IPNetwork.TryParse(cidr, out var network) && !networks.Contains(network))
            {
                networks.Add(network);
            }
        }

        if (!networks.Exists(static network => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork))
        {
            networks.Insert(0, IPNetwork.Parse($"10.{128 + (number % 100)}.0.0/16"));
        }

        if (isDualStack && !networks.Exists(static network => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6))
        {
            networks.Add(IPNetwork.Parse($"fd00:10:244:{number:x}::/64"));
        }

        Ranges = [.. networks.Select(static network => new AddressRange(network)).Take(isDualStack ? 2 : 1)];
    }

    public string Name { get; }

    public int Number { get; }

    public string? HostIp { get; }

    public bool IsSchedulable { get; }

    public IReadOnlyList<AddressRange> Ranges { get; }

    public bool Takes(JsonObject pod) =>
        IsSchedulable
        && pod.Object("spec").TextMap("nodeSelector").All(pair => _labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
