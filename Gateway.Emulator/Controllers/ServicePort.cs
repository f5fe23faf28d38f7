using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>A port of a Service and its target in a pod: a number, or the name of a container port.</summary>
internal sealed record ServicePort(string Name, string Protocol, string? AppProtocol, int? TargetNumber, string? TargetName)
{
    public static ServicePort Read(JsonObject port)
    {
        var number = port.Number("targetPort");
        var name = port.Text("targetPort");
        if (number is null && string.IsNullOrEmpty(name))
        {
            number = port.Number("port");
        }

        return new ServicePort(port.Text("name") ?? "", port.Text("protocol") ?? "TCP", port.Text("appProtocol"), number, name);
    }

    /// <summary>This port resolved for the pod; null where no container has a port of that name and protocol.</summary>
    public EndpointPort? In(PodFacts pod)
    {
        var number = TargetNumber ?? pod.NamedPorts.FirstOrDefault(port => port.Name == TargetName && port.Protocol == Protocol)?.Port;
        return number is { } found ? new EndpointPort(Name, found, Protocol, AppProtocol) : null;
    }
}
