using k8s.Models;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes a Status (meta/v1): why a request was refused, or a watch failed. Go writes absent plain fields as empty ones.</summary>
internal static class StatusMessage
{
    public static V1Status Read(ReadOnlySpan<byte> message)
    {
        var status = new V1Status { Kind = "Status", ApiVersion = "v1" };
        var reader = new WireReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    status.Status = TextOrNull(reader);
                    break;
                case 3:
                    status.Message = TextOrNull(reader);
                    break;
                case 4:
                    status.Reason = TextOrNull(reader);
                    break;
                case 5:
                    status.Details = ReadDetails(reader.Message);
                    break;
                case 6:
                    status.Code = reader.Number == 0 ? null : reader.Number;
                    break;
            }
        }

        return status;
    }

    private static V1StatusDetails ReadDetails(WireReader reader)
    {
        var details = new V1StatusDetails();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    details.Name = TextOrNull(reader);
                    break;
                case 2:
                    details.Group = TextOrNull(reader);
                    break;
                case 3:
                    details.Kind = TextOrNull(reader);
                    break;
                case 4:
                    (details.Causes ??= []).Add(ReadCause(reader.Message));
                    break;
                case 5:
                    details.RetryAfterSeconds = reader.Number == 0 ? null : reader.Number;
                    break;
                case 6:
                    details.Uid = TextOrNull(reader);
                    break;
            }
        }

        return details;
    }

    private static V1StatusCause ReadCause(WireReader reader)
    {
        var cause = new V1StatusCause();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    cause.Reason = TextOrNull(reader);
                    break;
                case 2:
                    cause.Message = TextOrNull(reader);
                    break;
                case 3:
                    cause.Field = TextOrNull(reader);
                    break;
            }
        }

        return cause;
    }

    private static string? TextOrNull(WireReader reader) => reader.Bytes.IsEmpty ? null : reader.Text();
}
