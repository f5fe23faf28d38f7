using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes Services.</summary>
internal static class ServiceDecoder
{
    public static Service Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        Service? spec = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context);
            else if (reader.ValueTextEquals("spec"u8))
                spec = ReadSpec(ref reader, context);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind("Service");
            else
                reader.Skip();
        }

        if (metadata is null)
            throw new JsonException("The Service has no metadata.");
        return spec is null ? new() { Metadata = metadata } : spec with { Metadata = metadata };
    }

    private static Service? ReadSpec(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? type = null, clusterIP = null, externalName = null, internalPolicy = null, distribution = null;
        ImmutableArray<string> clusterIPs = [], families = [];
        ImmutableArray<ServicePort> ports = [];
        StringMap? selector = null;
        var publishNotReady = false;
        if (!reader.EnterObject())
            return null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("type"u8))
                type = reader.ReadText(context);
            else if (reader.ValueTextEquals("clusterIP"u8))
                clusterIP = reader.ReadText();
            else if (reader.ValueTextEquals("clusterIPs"u8))
                clusterIPs = reader.ReadTexts(context);
            else if (reader.ValueTextEquals("ipFamilies"u8))
                families = reader.ReadTexts(context);
            else if (reader.ValueTextEquals("externalName"u8))
                externalName = reader.ReadText();
            else if (reader.ValueTextEquals("selector"u8))
                selector = reader.ReadMap(context);
            else if (reader.ValueTextEquals("ports"u8))
                ports = ReadPorts(ref reader, context);
            else if (reader.ValueTextEquals("publishNotReadyAddresses"u8))
                publishNotReady = reader.ReadFlag() ?? false;
            else if (reader.ValueTextEquals("internalTrafficPolicy"u8))
                internalPolicy = reader.ReadText(context);
            else if (reader.ValueTextEquals("trafficDistribution"u8))
                distribution = reader.ReadText(context);
            else
                reader.Skip();
        }

        return new()
        {
            Metadata = null!,
            Type = type is { Length: > 0 } ? type : "ClusterIP",
            ClusterIP = clusterIP is { Length: > 0 } ? clusterIP : null,
            ClusterIPs = clusterIPs,
            IPFamilies = families,
            ExternalName = externalName is { Length: > 0 } ? externalName : null,
            Selector = selector,
            Ports = ports,
            PublishNotReadyAddresses = publishNotReady,
            InternalTrafficPolicy = internalPolicy is { Length: > 0 } ? internalPolicy : null,
            TrafficDistribution = distribution is { Length: > 0 } ? distribution : null,
        };
    }

    private static ImmutableArray<ServicePort> ReadPorts(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return [];
        var ports = ImmutableArray.CreateBuilder<ServicePort>();
        while (reader.NextElement())
        {
            if (reader.IsObject())
                ports.Add(ReadPort(ref reader, context));
        }

        return ports.DrainToImmutable();
    }

    private static ServicePort ReadPort(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? name = null, target = null, protocol = null, appProtocol = null;
        int? port = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("name"u8))
                name = reader.ReadText(context);
            else if (reader.ValueTextEquals("port"u8))
                port = reader.ReadNumber();
            else if (reader.ValueTextEquals("targetPort"u8))
                target = ReadTarget(ref reader, context);
            else if (reader.ValueTextEquals("protocol"u8))
                protocol = reader.ReadText(context);
            else if (reader.ValueTextEquals("appProtocol"u8))
                appProtocol = reader.ReadText(context);
            else
                reader.Skip();
        }

        return new(name ?? "", port ?? throw new JsonException("A port of the Service has no number."), target, protocol ?? "TCP", appProtocol);
    }

    // targetPort is an IntOrString.
    private static string? ReadTarget(ref Utf8JsonReader reader, DecodeContext context)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : reader.Text(context);
    }
}
