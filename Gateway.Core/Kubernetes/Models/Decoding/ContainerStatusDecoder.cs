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
        string? name = null, run = null;
        var restarts = 0;
        bool? isReady = null;
        var state = new State(null, null);
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("name"u8))
                name = reader.ReadText(context);
            else if (reader.ValueTextEquals("restartCount"u8))
                restarts = reader.ReadNumber() ?? 0;
            else if (reader.ValueTextEquals("state"u8))
                state = ReadState(ref reader, context);
            else if (reader.ValueTextEquals("ready"u8))
                isReady = reader.ReadFlag();
            else if (reader.ValueTextEquals("containerID"u8))
                run = ReadRun(ref reader);
            else
                reader.Skip();
        }

        return new(name ?? throw new JsonException("A container's status has no name."), restarts, state.StartedAt)
        {
            Run = run,
            Problem = isReady is false ? state.Reason ?? "NotReady" : null,
        };
    }

    // The id itself, 77 characters, is not kept.
    private static string? ReadRun(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped ? ContainerStatus.RunOf(reader.ValueSpan) : ContainerStatus.RunOf(reader.Text());
    }

    private static State ReadState(ref Utf8JsonReader reader, DecodeContext context)
    {
        DateTimeOffset? startedAt = null;
        string? reason = null;
        if (!reader.EnterObject())
            return new(null, null);
        while (reader.NextMember())
        {
            var isRunning = reader.ValueTextEquals("running"u8);
            if (!isRunning && !reader.ValueTextEquals("waiting"u8) && !reader.ValueTextEquals("terminated"u8))
            {
                reader.Skip();
                continue;
            }

            if (!reader.EnterObject())
                continue;
            while (reader.NextMember())
            {
                if (isRunning && reader.ValueTextEquals("startedAt"u8))
                    startedAt = reader.ReadTime();
                else if (!isRunning && reader.ValueTextEquals("reason"u8))
                    reason = reader.ReadText(context) is { Length: > 0 } text ? text : null;
                else
                    reader.Skip();
            }
        }

        return new(startedAt, reason);
    }

    private readonly record struct State(DateTimeOffset? StartedAt, string? Reason);
}
