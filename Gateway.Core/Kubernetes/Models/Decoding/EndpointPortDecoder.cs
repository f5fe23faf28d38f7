using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes what EndpointSlices and Endpoints have in common: ports and target references.</summary>
internal static class EndpointPortDecoder
{
    public static ImmutableArray<EndpointPort> ReadPorts(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return [];
        var ports = ImmutableArray.CreateBuilder<EndpointPort>();
        while (reader.NextElement())
        {
            if (reader.IsObject())
                ports.Add(ReadPort(ref reader, context));
        }

        return ports.DrainToImmutable();
    }

    public static TargetReference? ReadTarget(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? kind = null, ns = null, name = null, uid = null;
        if (!reader.EnterObject())
            return null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("kind"u8))
                kind = reader.ReadText(context);
            else if (reader.ValueTextEquals("namespace"u8))
                ns = reader.ReadText(context);
            else if (reader.ValueTextEquals("name"u8))
                name = reader.ReadText();
            else if (reader.ValueTextEquals("uid"u8))
                uid = reader.ReadText();
            else
                reader.Skip();
        }

        return new(kind ?? "", ns ?? "", "", uid ?? "") { Parts = context.NameOf(name ?? "") };
    }

    private static EndpointPort ReadPort(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? name = null, protocol = null, appProtocol = null;
        int? port = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("name"u8))
                name = reader.ReadText(context);
            else if (reader.ValueTextEquals("port"u8))
                port = reader.ReadNumber();
            else if (reader.ValueTextEquals("protocol"u8))
                protocol = reader.ReadText(context);
            else if (reader.ValueTextEquals("appProtocol"u8))
                appProtocol = reader.ReadText(context);
            else
                reader.Skip();
        }

        return new(name ?? "", port, protocol ?? "TCP", appProtocol);
    }
}
