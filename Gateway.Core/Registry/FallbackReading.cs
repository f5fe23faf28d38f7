using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>Reads from a Service what a client needs that loses the registry.</summary>
internal static class FallbackReading
{
    // Without the cluster's domain, which may be any: the search path of every pod completes it.
    public static Fallback? Of(Service? service) =>
        service is null
            ? null
            : new Fallback(
                $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc",
                service.IsHeadless || string.IsNullOrEmpty(service.ClusterIP) ? null : service.ClusterIP,
                [.. service.Ports.Select(static port => new FallbackPort(
                    port.Name.Length == 0 ? null : port.Name, port.Port, string.IsNullOrEmpty(port.AppProtocol) ? port.Protocol.ToLowerInvariant() : port.AppProtocol))]);
}
