using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes pods. Of a typical pod (13 KB) some 20 members are read; the rest is skipped.</summary>
internal static class PodDecoder
{
    public static Pod Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        var spec = PodSpec.Empty;
        var status = PodStatus.Empty;
        context.ClearPod();

        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context, sharesName: true);
            else if (reader.ValueTextEquals("spec"u8))
                spec = ReadSpec(ref reader, context);
            else if (reader.ValueTextEquals("status"u8))
                status = ReadStatus(ref reader, context);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind("Pod");
            else
                reader.Skip();
        }

        return Build(metadata ?? throw new JsonException("The pod has no metadata."), spec, status, context);
    }

    /// <summary>The pod of its parts; sidecars and statuses are in the context.</summary>
    public static Pod Build(ObjectMeta metadata, PodSpec spec, PodStatus status, DecodeContext context)
    {
        foreach (var init in context.SidecarStatuses)
        {
            if (context.Sidecars.Contains(init.Name))
                context.Statuses.Add(init);
        }

        return new()
        {
            Metadata = metadata,
            NodeName = spec.NodeName,
            HostNetwork = spec.HostNetwork,
            Shape = context.Share(spec.ServiceAccountName is { Length: > 0 } account ? account : "default", spec.Containers.AddRange(context.Sidecars)),
            Phase = status.Phase,
            Reported = (status.Addresses, JsonReading.Fixed(context.Statuses)),
            Ready = status.Ready,
        };
    }

    public static Pod Unreadable(ObjectMeta metadata) => new() { Metadata = metadata, Unreadable = true };

    private static PodSpec ReadSpec(ref Utf8JsonReader reader, DecodeContext context)
    {
        ImmutableArray<string> containers = [];
        string? node = null, account = null;
        var hostNetwork = false;
        if (!reader.EnterObject())
            return PodSpec.Empty;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("containers"u8))
                containers = ReadContainers(ref reader, context);
            else if (reader.ValueTextEquals("initContainers"u8))
                ReadSidecars(ref reader, context);
            else if (reader.ValueTextEquals("nodeName"u8))
                node = reader.ReadText(context);
            else if (reader.ValueTextEquals("hostNetwork"u8))
                hostNetwork = reader.ReadFlag() ?? false;
            else if (reader.ValueTextEquals("serviceAccountName"u8))
                account = reader.ReadText(context);
            else
                reader.Skip();
        }

        return new(containers, node is { Length: > 0 } ? node : null, hostNetwork, account);
    }

    private static ImmutableArray<string> ReadContainers(ref Utf8JsonReader reader, DecodeContext context)
    {
        context.Texts.Clear();
        if (reader.EnterArray())
        {
            while (reader.NextElement())
                context.Texts.Add(ReadContainer(ref reader, context).Name);
        }

        return JsonReading.Fixed(context.Texts);
    }

    private static void ReadSidecars(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return;
        while (reader.NextElement())
        {
            var (name, restartsAlways) = ReadContainer(ref reader, context);
            if (restartsAlways)
                context.Sidecars.Add(name);
        }
    }

    private static (string Name, bool RestartsAlways) ReadContainer(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? name = null;
        var restartsAlways = false;
        if (reader.IsObject())
        {
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("name"u8))
                    name = reader.ReadText(context);
                else if (reader.ValueTextEquals("restartPolicy"u8))
                    restartsAlways = reader.ReadText(context) == "Always";
                else
                    reader.Skip();
            }
        }

        return (name ?? throw new JsonException("A container has no name."), restartsAlways);
    }

    private static PodStatus ReadStatus(ref Utf8JsonReader reader, DecodeContext context)
    {
        var phase = PodPhase.Unknown;
        ImmutableArray<string> addresses = [];
        string? address = null;
        var ready = false;
        if (!reader.EnterObject())
            return PodStatus.Empty;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("phase"u8))
                phase = PhaseOf(reader.ReadText(context));
            else if (reader.ValueTextEquals("podIPs"u8))
                addresses = ReadAddresses(ref reader, context);
            else if (reader.ValueTextEquals("podIP"u8))
                address = reader.ReadText();
            else if (reader.ValueTextEquals("conditions"u8))
                ready = ReadReady(ref reader, context);
            else if (reader.ValueTextEquals("containerStatuses"u8))
                ContainerStatusDecoder.ReadInto(context.Statuses, ref reader, context);
            else if (reader.ValueTextEquals("initContainerStatuses"u8))
                ContainerStatusDecoder.ReadInto(context.SidecarStatuses, ref reader, context);
            else
                reader.Skip();
        }

        return new(phase, addresses.IsEmpty && address is { Length: > 0 } ? [address] : addresses, ready);
    }

    public static PodPhase PhaseOf(string? phase) => phase switch
    {
        "Running" => PodPhase.Running,
        "Pending" => PodPhase.Pending,
        "Succeeded" => PodPhase.Succeeded,
        "Failed" => PodPhase.Failed,
        _ => PodPhase.Unknown,
    };

    private static ImmutableArray<string> ReadAddresses(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return [];
        context.Texts.Clear();
        while (reader.NextElement())
        {
            if (!reader.IsObject())
                continue;
            while (reader.NextMember())
            {
                if (!reader.ValueTextEquals("ip"u8))
                    reader.Skip();
                else if (reader.ReadText() is { Length: > 0 } address)
                    context.Texts.Add(address);
            }
        }

        return JsonReading.Fixed(context.Texts);
    }

    private static bool ReadReady(ref Utf8JsonReader reader, DecodeContext context)
    {
        var ready = false;
        if (!reader.EnterArray())
            return false;
        while (reader.NextElement())
        {
            if (!reader.IsObject())
                continue;
            bool isReady = false, isTrue = false;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("type"u8))
                    isReady = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Ready"u8);
                else if (reader.ValueTextEquals("status"u8))
                    isTrue = reader.ReadText(context) == "True";
                else
                    reader.Skip();
            }

            ready |= isReady && isTrue;
        }

        return ready;
    }
}

/// <summary>What is used of a pod's spec, without its sidecars.</summary>
internal readonly record struct PodSpec(ImmutableArray<string> Containers, string? NodeName, bool HostNetwork, string? ServiceAccountName)
{
    public static PodSpec Empty { get; } = new([], null, false, null);
}

/// <summary>What is used of a pod's status, without that of its containers.</summary>
internal readonly record struct PodStatus(PodPhase Phase, ImmutableArray<string> Addresses, bool Ready)
{
    public static PodStatus Empty { get; } = new(PodPhase.Unknown, [], false);
}
