using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes Endpoints objects (core/v1) into slices, as <see cref="EndpointsDecoder"/> does.</summary>
internal static class EndpointsMessage
{
    public static Endpoints Read(ReadOnlySpan<byte> message, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        List<EndpointsSubset> subsets = [];
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (reader.Field == MetadataMessage.Field)
                metadata = MetadataMessage.Read(reader.Bytes, context);
            else if (reader.Field == 2)
                subsets.Add(ReadSubset(reader.Message, context));
        }

        return EndpointsDecoder.Build(metadata ?? throw new MalformedMessageException("The Endpoints object has no metadata."), subsets);
    }

    private static EndpointsSubset ReadSubset(WireReader reader, DecodeContext context)
    {
        List<Endpoint> endpoints = [];
        var ports = ImmutableArray.CreateBuilder<EndpointPort>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 or 2:
                    if (ReadAddress(reader.Message, ready: reader.Field == 1, context) is { } endpoint)
                        endpoints.Add(endpoint);
                    break;
                case 3:
                    ports.Add(ReadPort(reader.Message, context));
                    break;
            }
        }

        return new(endpoints, ports.DrainToImmutable());
    }

    private static Endpoint? ReadAddress(WireReader reader, bool ready, DecodeContext context)
    {
        string? address = null, node = null, hostname = null;
        TargetReference? target = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    address = reader.Bytes.IsEmpty ? null : reader.Text();
                    break;
                case 2:
                    target = EndpointSliceMessage.ReadTarget(reader.Message, context);
                    break;
                case 3:
                    hostname = reader.Bytes.IsEmpty ? null : reader.Text();
                    break;
                case 4:
                    node = reader.Text(context);
                    break;
            }
        }

        return address is null ? null : new([address], ready, null, null, target, node, null) { Hostname = hostname };
    }

    // Number and protocol have other field numbers than in a slice.
    private static EndpointPort ReadPort(WireReader reader, DecodeContext context)
    {
        string? name = null, protocol = null, appProtocol = null;
        int? port = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text(context);
                    break;
                case 2:
                    port = reader.Number;
                    break;
                case 3:
                    protocol = reader.TextOrNull(context);
                    break;
                case 4:
                    appProtocol = reader.Text(context);
                    break;
            }
        }

        return new(name ?? "", port, protocol ?? "TCP", appProtocol);
    }
}
