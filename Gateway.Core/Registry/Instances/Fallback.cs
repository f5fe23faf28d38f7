using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Core.Registry.Instances;

/// <summary>
/// The Kubernetes Service of the same name, for a client that cannot reach the registry: DNS name, cluster IP (null when headless), ports.
/// </summary>
public sealed record Fallback(string Dns, string? ClusterIP, ImmutableArray<FallbackPort> Ports)
{
    /// <summary>Cluster or Local, as the Service says; null where it does not.</summary>
    public string? InternalTrafficPolicy { get; init; }

    /// <summary>As the Service says; null where it does not.</summary>
    public string? TrafficDistribution { get; init; }
}

/// <summary>A port of the Kubernetes Service; the name is null when it has none.</summary>
public sealed record FallbackPort(string? Name, int Port, string Protocol);

/// <summary>Writes the member <c>fallback</c> of lookups.</summary>
internal static class FallbackJson
{
    public static void Write(Utf8JsonWriter writer, Fallback? fallback)
    {
        if (fallback is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("dns"u8, fallback.Dns);
        writer.WriteString("clusterIP"u8, fallback.ClusterIP);
        writer.WriteStartArray("ports"u8);
        foreach (var port in fallback.Ports)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, port.Name);
            writer.WriteNumber("port"u8, port.Port);
            writer.WriteString("protocol"u8, port.Protocol);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("internalTrafficPolicy"u8, fallback.InternalTrafficPolicy);
        writer.WriteString("trafficDistribution"u8, fallback.TrafficDistribution);
        writer.WriteEndObject();
    }
}
