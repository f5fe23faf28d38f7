namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes the status of a container (core/v1).</summary>
internal static class ContainerStatusMessage
{
    public static ContainerStatus Read(WireReader reader, DecodeContext context)
    {
        string? name = null, run = null, reason = null;
        DateTimeOffset? startedAt = null;
        var restarts = 0;
        bool? isReady = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text(context);
                    break;
                case 2:
                    (startedAt, reason) = ReadState(reader.Message, context);
                    break;
                case 4:
                    isReady = reader.Flag;
                    break;
                case 5:
                    restarts = reader.Number;
                    break;
                case 8:
                    run = ContainerStatus.RunOf(reader.Bytes);
                    break;
            }
        }

        return new(name ?? throw new MalformedMessageException("A container's status has no name."), restarts, startedAt)
        {
            Run = run,
            Problem = isReady is false ? reason ?? "NotReady" : null,
        };
    }

    // Field 1 is waiting, 2 running, 3 terminated.
    private static (DateTimeOffset? StartedAt, string? Reason) ReadState(WireReader reader, DecodeContext context)
    {
        DateTimeOffset? startedAt = null;
        string? reason = null;
        while (reader.Next())
        {
            if (reader.Field is not (1 or 2 or 3))
                continue;
            var state = reader.Message;
            while (state.Next())
            {
                if (reader.Field == 2 && state.Field == 1)
                    startedAt = MetadataMessage.TimeOf(state.Message);
                else if ((reader.Field, state.Field) is (1, 1) or (3, 3))
                    reason = state.TextOrNull(context);
            }
        }

        return (startedAt, reason);
    }
}
