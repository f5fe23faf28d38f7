using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes EndpointSlices.</summary>
internal static class EndpointSliceDecoder
{
    public static EndpointSlice Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        string? addressType = null;
        ImmutableArray<Endpoint> endpoints = [];
        ImmutableArray<EndpointPort> ports = [];
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context);
            else if (reader.ValueTextEquals("addressType"u8))
                addressType = reader.ReadText(context);
            else if (reader.ValueTextEquals("endpoints"u8))
                endpoints = ReadEndpoints(ref reader, context);
            else if (reader.ValueTextEquals("ports"u8))
                ports = EndpointPortDecoder.ReadPorts(ref reader, context);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind("EndpointSlice");
            else
                reader.Skip();
        }

        return new()
        {
            Metadata = metadata ?? throw new JsonException("The slice has no metadata."),
            AddressType = addressType is { Length: > 0 } ? addressType : "IPv4",
            Endpoints = endpoints,
            Ports = ports,
        };
    }

    private static ImmutableArray<Endpoint> ReadEndpoints(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return [];
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        while (reader.NextElement())
        {
            if (reader.IsObject())
                endpoints.Add(ReadEndpoint(ref reader, context));
        }

        return endpoints.DrainToImmutable();
    }

    private static Endpoint ReadEndpoint(ref Utf8JsonReader reader, DecodeContext context)
    {
        ImmutableArray<string> addresses = [];
        bool? ready = null, serving = null, terminating = null;
        TargetReference? target = null;
        string? node = null, zone = null, hostname = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("addresses"u8))
                addresses = reader.ReadTexts(context);
            else if (reader.ValueTextEquals("conditions"u8))
                (ready, serving, terminating) = ReadConditions(ref reader);
            else if (reader.ValueTextEquals("targetRef"u8))
                target = EndpointPortDecoder.ReadTarget(ref reader, context);
            else if (reader.ValueTextEquals("nodeName"u8))
                node = reader.ReadText(context);
            else if (reader.ValueTextEquals("zone"u8))
                zone = reader.ReadText(context);
            else if (reader.ValueTextEquals("hostname"u8))
                hostname = reader.ReadText();
            else
                reader.Skip();
        }

        return new(addresses, ready, serving, terminating, target, node, zone) { Hostname = hostname is { Length: > 0 } ? hostname : null };
    }

    private static (bool? Ready, bool? Serving, bool? Terminating) ReadConditions(ref Utf8JsonReader reader)
    {
        bool? ready = null, serving = null, terminating = null;
        if (!reader.EnterObject())
            return default;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("ready"u8))
                ready = reader.ReadFlag();
            else if (reader.ValueTextEquals("serving"u8))
                serving = reader.ReadFlag();
            else if (reader.ValueTextEquals("terminating"u8))
                terminating = reader.ReadFlag();
            else
                reader.Skip();
        }

        return (ready, serving, terminating);
    }
}
