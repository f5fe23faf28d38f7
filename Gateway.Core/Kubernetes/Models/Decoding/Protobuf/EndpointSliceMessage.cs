using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes EndpointSlices (discovery.k8s.io/v1).</summary>
internal static class EndpointSliceMessage
{
    public static EndpointSlice Read(ReadOnlySpan<byte> message, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        string? addressType = null;
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        var ports = ImmutableArray.CreateBuilder<EndpointPort>();
        var reader = new WireReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case MetadataMessage.Field:
                    metadata = MetadataMessage.Read(reader.Bytes, context);
                    break;
                case 2:
                    endpoints.Add(ReadEndpoint(reader.Message, context));
                    break;
                case 3:
                    ports.Add(ReadPort(reader.Message, context));
                    break;
                case 4:
                    addressType = reader.TextOrNull(context);
                    break;
            }
        }

        return new()
        {
            Metadata = metadata ?? throw new MalformedMessageException("The slice has no metadata."),
            AddressType = addressType ?? "IPv4",
            Endpoints = endpoints.DrainToImmutable(),
            Ports = ports.DrainToImmutable(),
        };
    }

    /// <summary>An ObjectReference (core/v1).</summary>
    public static TargetReference ReadTarget(WireReader reader, DecodeContext context)
    {
        string kind = "", ns = "";
        ReadOnlySpan<byte> name = default;
        var uid = default(ObjectUid);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    kind = reader.Text(context);
                    break;
                case 2:
                    ns = reader.Text(context);
                    break;
                case 3:
                    name = reader.Bytes;
                    break;
                case 4:
                    uid = reader.Uid;
                    break;
            }
        }

        return new(kind, ns, "", "") { Parts = WireReader.NameOf(name, context), PackedUid = uid };
    }

    private static Endpoint ReadEndpoint(WireReader reader, DecodeContext context)
    {
        bool? ready = null, serving = null, terminating = null;
        TargetReference? target = null;
        string? node = null, zone = null, hostname = null;
        context.Texts.Clear();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    context.Texts.Add(reader.Text(context));
                    break;
                case 2:
                    (ready, serving, terminating) = ReadConditions(reader.Message);
                    break;
                case 3:
                    hostname = reader.Bytes.IsEmpty ? null : reader.Text();
                    break;
                case 4:
                    target = ReadTarget(reader.Message, context);
                    break;
                case 6:
                    node = reader.Text(context);
                    break;
                case 7:
                    zone = reader.Text(context);
                    break;
            }
        }

        return new(JsonReading.Fixed(context.Texts), ready, serving, terminating, target, node, zone) { Hostname = hostname };
    }

    private static (bool? Ready, bool? Serving, bool? Terminating) ReadConditions(WireReader reader)
    {
        bool? ready = null, serving = null, terminating = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    ready = reader.Flag;
                    break;
                case 2:
                    serving = reader.Flag;
                    break;
                case 3:
                    terminating = reader.Flag;
                    break;
            }
        }

        return (ready, serving, terminating);
    }

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
                    protocol = reader.Text(context);
                    break;
                case 3:
                    port = reader.Number;
                    break;
                case 4:
                    appProtocol = reader.Text(context);
                    break;
            }
        }

        return new(name ?? "", port, protocol ?? "TCP", appProtocol);
    }
}
