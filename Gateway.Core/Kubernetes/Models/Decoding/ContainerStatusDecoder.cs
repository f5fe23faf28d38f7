using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes the statuses of a pod's containers.</summary>
internal static class ContainerStatusDecoder
{
    public static void ReadInto(List<ContainerStatus> statuses, ref Utf8JsonReader reader, DecodeContext context)
    {
        if (!reader.EnterArray())
            return;
        while (reader.NextElement())
        {
            if (reader.IsObject())
                statuses.Add(Read(ref reader, context));
        }
    }

    private static ContainerStatus Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        string? name = null, containerId = null;
        var restarts = 0;
        DateTimeOffset? startedAt = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("name"u8))
                name = reader.ReadText(context);
            else if (reader.ValueTextEquals("restartCount"u8))
                restarts = reader.ReadNumber() ?? 0;
            else if (reader.ValueTextEquals("state"u8))
                startedAt = ReadState(ref reader);
            else if (reader.ValueTextEquals("containerID"u8))
                containerId = reader.ReadText();
            else
                reader.Skip();
        }

        return new(name ?? throw new JsonException("A container's status has no name."), restarts, startedAt) { Run = ContainerStatus.RunOf(containerId) };
    }

    private static DateTimeOffset? ReadState(ref Utf8JsonReader reader)
    {
        DateTimeOffset? startedAt = null;
        if (!reader.EnterObject())
            return null;
        while (reader.NextMember())
        {
            if (!reader.ValueTextEquals("running"u8))
            {
                reader.Skip();
                continue;
            }

            if (!reader.EnterObject())
                continue;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("startedAt"u8))
                    startedAt = reader.ReadTime();
                else
                    reader.Skip();
            }
        }

        return startedAt;
    }
}
