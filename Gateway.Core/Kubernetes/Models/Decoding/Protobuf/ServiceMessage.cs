using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes Services (core/v1).</summary>
internal static class ServiceMessage
{
    public static Service Read(ReadOnlySpan<byte> message, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        Service? spec = null;
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (reader.Field == MetadataMessage.Field)
                metadata = MetadataMessage.Read(reader.Bytes, context);
            else if (reader.Field == 2)
                spec = ReadSpec(reader.Message, context);
        }

        if (metadata is null)
            throw new MalformedMessageException("The Service has no metadata.");
        return spec is null ? new() { Metadata = metadata } : spec with { Metadata = metadata };
    }

    private static Service ReadSpec(WireReader reader, DecodeContext context)
    {
        string? type = null, clusterIP = null, externalName = null, internalPolicy = null, distribution = null;
        var clusterIPs = ImmutableArray.CreateBuilder<string>();
        var families = ImmutableArray.CreateBuilder<string>();
        var ports = ImmutableArray.CreateBuilder<ServicePort>();
        var publishNotReady = false;
        context.Entries.Clear();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    ports.Add(ReadPort(reader.Message, context));
                    break;
                case 2:
                    context.Entries.Add(MetadataMessage.EntryOf(reader.Message, context));
                    break;
                case 3:
                    clusterIP = reader.Bytes.IsEmpty ? null : reader.Text();
                    break;
                case 4:
                    type = reader.TextOrNull(context);
                    break;
                case 10:
                    externalName = reader.Bytes.IsEmpty ? null : reader.Text();
                    break;
                case 13:
                    publishNotReady = reader.Flag;
                    break;
                case 18:
                    clusterIPs.Add(reader.Text(context));
                    break;
                case 19:
                    families.Add(reader.Text(context));
                    break;
                case 22:
                    internalPolicy = reader.TextOrNull(context);
                    break;
                case 23:
                    distribution = reader.TextOrNull(context);
                    break;
            }
        }

        return new()
        {
            Metadata = null!,
            Type = type ?? "ClusterIP",
            ClusterIP = clusterIP,
            ClusterIPs = clusterIPs.DrainToImmutable(),
            IPFamilies = families.DrainToImmutable(),
            ExternalName = externalName,
            Selector = context.Entries.Count == 0 ? null : MetadataMessage.MapOf(context),
            Ports = ports.DrainToImmutable(),
            PublishNotReadyAddresses = publishNotReady,
            InternalTrafficPolicy = internalPolicy,
            TrafficDistribution = distribution,
        };
    }

    private static ServicePort ReadPort(WireReader reader, DecodeContext context)
    {
        string? name = null, target = null, protocol = null, appProtocol = null;
        int? port = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text(context);
                    break;
                case 2:
                    protocol = reader.TextOrNull(context);
                    break;
                case 3:
                    port = reader.Number;
                    break;
                case 4:
                    target = ReadTarget(reader.Message, context);
                    break;
                case 6:
                    appProtocol = reader.Text(context);
                    break;
            }
        }

        return new(name ?? "", port ?? throw new MalformedMessageException("A port of the Service has no number."), target, protocol ?? "TCP", appProtocol);
    }

    // An IntOrString: its type (0 is a number), the number, the text.
    private static string ReadTarget(WireReader reader, DecodeContext context)
    {
        long type = 0;
        var number = 0;
        var text = "";
        while (reader.Next())
        {
            if (reader.Field == 1)
                type = reader.Long;
            else if (reader.Field == 2)
                number = reader.Number;
            else if (reader.Field == 3)
                text = reader.Text(context);
        }

        return type == 0 ? number.ToString(CultureInfo.InvariantCulture) : text;
    }
}
