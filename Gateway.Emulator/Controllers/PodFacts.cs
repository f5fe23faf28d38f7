using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>The fields of a pod that decide its endpoints; a change of any other field changes no slice.</summary>
internal sealed record PodFacts(string Namespace, string Name, string Uid)
{
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    public required IReadOnlyList<NamedPort> NamedPorts { get; init; }

    public string? NodeName { get; init; }

    public string? Hostname { get; init; }

    public string? Subdomain { get; init; }

    public bool IsReady { get; init; }

    public bool IsTerminating { get; init; }

    /// <summary>Failed or Succeeded: such a pod has no endpoints, whatever its conditions are.</summary>
    public bool IsFinished { get; init; }

    public bool MayHaveEndpoints => !IsFinished && Addresses.Count > 0;

    public static PodFacts Read(JsonObject pod)
    {
        var metadata = pod.Object("metadata");
        var spec = pod.Object("spec");
        var status = pod.Object("status");
        return new PodFacts(metadata.Text("namespace") ?? "", metadata.Text("name") ?? "", metadata.Text("uid") ?? "")
        {
            Labels = metadata.TextMap("labels"),
            Addresses = ReadAddresses(status),
            NamedPorts = ReadNamedPorts(spec),
            NodeName = spec.Text("nodeName"),
            Hostname = spec.Text("hostname"),
            Subdomain = spec.Text("subdomain"),
            IsReady = status.Items("conditions").Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True"),
            IsTerminating = metadata.Text("deletionTimestamp") is not null,
            IsFinished = status.Text("phase") is "Failed" or "Succeeded",
        };
    }

    public IPAddress? Address(AddressFamily family) => Addresses.FirstOrDefault(address => address.AddressFamily == family);

    public bool HasSameEndpoints(PodFacts other) =>
        Uid == other.Uid
        && IsReady == other.IsReady
        && IsTerminating == other.IsTerminating
        && IsFinished == other.IsFinished
        && NodeName == other.NodeName
        && Hostname == other.Hostname
        && Subdomain == other.Subdomain
        && Addresses.SequenceEqual(other.Addresses)
        && NamedPorts.SequenceEqual(other.NamedPorts)
        && Labels.SameAs(other.Labels);

    private static List<IPAddress> ReadAddresses(JsonObject? status)
    {
        List<IPAddress> addresses = [];
        foreach (var ip in status.Items("podIPs"))
        {
            if (IPAddress.TryParse(ip.Text("ip"), out var address))
            {
                addresses.Add(address);
            }
        }

        if (addresses.Count == 0 && IPAddress.TryParse(status.Text("podIP"), out var only))
        {
            addresses.Add(only);
        }

        return addresses;
    }

    private static List<NamedPort> ReadNamedPorts(JsonObject? spec)
    {
        // The ports of native sidecars are searched too, after those of the containers.
        var sidecars = spec.Items("initContainers").Where(static container => container.Text("restartPolicy") == "Always");
        List<NamedPort> ports = [];
        foreach (var container in spec.Items("containers").Concat(sidecars))
        {
            foreach (var port in container.Items("ports"))
            {
                if (port.Text("name") is { } name && port.Number("containerPort") is { } number)
                {
                    ports.Add(new NamedPort(name, number, port.Text("protocol") ?? "TCP"));
                }
            }
        }

        return ports;
    }
}
