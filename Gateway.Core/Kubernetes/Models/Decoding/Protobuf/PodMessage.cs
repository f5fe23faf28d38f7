using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes pods (core/v1). Of a typical pod (4 KB) some 20 fields are read; the rest is skipped.</summary>
internal static class PodMessage
{
    public static Pod Read(ReadOnlySpan<byte> message, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        var spec = PodSpec.Empty;
        var status = PodStatus.Empty;
        context.ClearPod();
        var reader = new WireReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case MetadataMessage.Field:
                    metadata = MetadataMessage.Read(reader.Bytes, context, sharesName: true);
                    break;
                case 2:
                    spec = ReadSpec(reader.Message, context);
                    break;
                case 3:
                    status = ReadStatus(reader.Message, context);
                    break;
            }
        }

        return PodDecoder.Build(metadata ?? throw new MalformedMessageException("The pod has no metadata."), spec, status, context);
    }

    private static PodSpec ReadSpec(WireReader reader, DecodeContext context)
    {
        string? node = null, account = null;
        var hostNetwork = false;
        context.Texts.Clear();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    context.Texts.Add(ReadContainer(reader.Message, context).Name);
                    break;
                case 8:
                    account = reader.Text(context);
                    break;
                case 10:
                    node = reader.TextOrNull(context);
                    break;
                case 11:
                    hostNetwork = reader.Flag;
                    break;
                case 20:
                    var (name, restartsAlways) = ReadContainer(reader.Message, context);
                    if (restartsAlways)
                        context.Sidecars.Add(name);
                    break;
            }
        }

        return new(JsonReading.Fixed(context.Texts), node, hostNetwork, account);
    }

    private static (string Name, bool RestartsAlways) ReadContainer(WireReader reader, DecodeContext context)
    {
        string? name = null;
        var restartsAlways = false;
        while (reader.Next())
        {
            if (reader.Field == 1)
                name = reader.Text(context);
            else if (reader.Field == 24)
                restartsAlways = reader.Bytes.SequenceEqual("Always"u8);
        }

        return (name ?? throw new MalformedMessageException("A container has no name."), restartsAlways);
    }

    private static PodStatus ReadStatus(WireReader reader, DecodeContext context)
    {
        var phase = PodPhase.Unknown;
        string? address = null;
        var ready = false;
        context.Texts.Clear();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    phase = PodDecoder.PhaseOf(reader.Text(context));
                    break;
                case 2:
                    ready |= IsReady(reader.Message);
                    break;
                case 6:
                    // Reported a second time in the list, if there is one.
                    address = reader.Bytes.IsEmpty || context.Texts.Count > 0 ? null : reader.Text();
                    break;
                case 8:
                    context.Statuses.Add(ContainerStatusMessage.Read(reader.Message, context));
                    break;
                case 10:
                    context.SidecarStatuses.Add(ContainerStatusMessage.Read(reader.Message, context));
                    break;
                case 12:
                    AddAddress(reader.Message, context.Texts, address);
                    break;
            }
        }

        ImmutableArray<string> addresses = context.Texts.Count == 0 && address is not null ? [address] : JsonReading.Fixed(context.Texts);
        return new(phase, addresses, ready);
    }

    private static void AddAddress(WireReader reader, List<string> addresses, string? known)
    {
        while (reader.Next())
        {
            if (reader.Field != 1 || reader.Bytes.IsEmpty)
                continue;
            addresses.Add(known is not null && System.Text.Ascii.Equals(reader.Bytes, known) ? known : reader.Text());
        }
    }

    private static bool IsReady(WireReader reader)
    {
        bool isReady = false, isTrue = false;
        while (reader.Next())
        {
            if (reader.Field == 1)
                isReady = reader.Bytes.SequenceEqual("Ready"u8);
            else if (reader.Field == 2)
                isTrue = reader.Bytes.SequenceEqual("True"u8);
        }

        return isReady && isTrue;
    }
}
