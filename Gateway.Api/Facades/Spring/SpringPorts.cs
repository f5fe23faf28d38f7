using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Spring;

/// <summary>A port as Spring Cloud Kubernetes names it; 0 where an instance has none.</summary>
internal readonly record struct SpringPort(string Name, int Number)
{
    /// <summary>The name of a port without a name.</summary>
    public const string Unset = "<unset>";
}

/// <summary>
/// Which of an instance's ports a Spring client is given, and whether it speaks TLS there: the rules of Spring Cloud Kubernetes' discovery server
/// (<c>primary-port-name</c>, then <c>https</c>, <c>http</c>, the first; <c>secured</c>, port 443 or 8443, the name <c>https</c>).
/// </summary>
internal static class SpringPorts
{
    private const string PrimaryPortName = "primary-port-name";
    private const string Secured = "secured";

    /// <summary>All ports; the one that it registered first, where its list does not contain it.</summary>
    public static IReadOnlyList<SpringPort> Of(Instance instance)
    {
        List<SpringPort> ports = [];
        if (instance.Key.Port > 0 && instance.Ports.All(port => port.Port != instance.Key.Port))
            ports.Add(new(IsTls(instance) ? "https" : SpringPort.Unset, instance.Key.Port));
        foreach (var port in instance.Ports)
            ports.Add(new(port.Name.Length == 0 ? SpringPort.Unset : port.Name, port.Port));
        return ports;
    }

    public static SpringPort Choose(IReadOnlyList<SpringPort> ports, Service? service)
    {
        if (ports.Count <= 1)
            return ports.Count == 0 ? new(SpringPort.Unset, 0) : ports[0];
        string?[] wanted = [service?.Metadata.Labels.GetValueOrDefault(PrimaryPortName), "https", "http"];
        foreach (var name in wanted)
        {
            foreach (var port in ports)
            {
                if (name is not null && port.Name == name)
                    return port;
            }
        }

        return ports[0];
    }

    public static bool IsSecure(SpringPort port, Instance instance, Service? service) =>
        port is { Number: 443 or 8443 } or { Name: "https" }
        || IsTrue(service?.Metadata.Labels.GetValueOrDefault(Secured))
        || IsTrue(service?.Metadata.Annotations.GetValueOrDefault(Secured))
        || IsTrue(instance.Metadata.GetValueOrDefault(Secured))
        || (port.Number == instance.Key.Port && IsTls(instance));

    private static bool IsTls(Instance instance) => instance.Key.Protocol.Equals("https", StringComparison.OrdinalIgnoreCase);

    private static bool IsTrue(string? text) => text is "true" or "on" or "yes" or "1";
}
