using System.Text.Json;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>Decodes Status objects of responses and of ERROR events.</summary>
internal static class StatusDecoder
{
    /// <summary>Null when the body is not a Status, e.g. a proxy's error page.</summary>
    public static KubernetesStatus? TryRead(ReadOnlySpan<byte> body)
    {
        try
        {
            return Read(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static KubernetesStatus Read(ReadOnlySpan<byte> body)
    {
        var status = new KubernetesStatus();
        var isStatus = false;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (!reader.IsObject())
            throw new JsonException("null is not a Status.");
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("kind"u8))
                isStatus = reader.ReadText() == "Status";
            else if (reader.ValueTextEquals("code"u8))
                status = status with { Code = reader.ReadNumber() ?? 0 };
            else if (reader.ValueTextEquals("reason"u8))
                status = status with { Reason = reader.ReadText() ?? "" };
            else if (reader.ValueTextEquals("message"u8))
                status = status with { Message = reader.ReadText() ?? "" };
            else if (reader.ValueTextEquals("details"u8))
                status = ReadDetails(ref reader, status);
            else
                reader.Skip();
        }

        return isStatus ? status : throw new JsonException("The object is not a Status.");
    }

    private static KubernetesStatus ReadDetails(ref Utf8JsonReader reader, KubernetesStatus status)
    {
        if (!reader.EnterObject())
            return status;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("kind"u8))
                status = status with { Kind = reader.ReadText() ?? "" };
            else if (reader.ValueTextEquals("name"u8))
                status = status with { Name = reader.ReadText() ?? "" };
            else if (reader.ValueTextEquals("retryAfterSeconds"u8))
                status = status with { RetryAfterSeconds = reader.ReadNumber() };
            else if (reader.ValueTextEquals("causes"u8))
                status = status with { Causes = [.. ReadCauses(ref reader)] };
            else
                reader.Skip();
        }

        return status;
    }

    private static List<StatusCause> ReadCauses(ref Utf8JsonReader reader)
    {
        List<StatusCause> causes = [];
        if (!reader.EnterArray())
            return causes;
        while (reader.NextElement())
        {
            if (!reader.IsObject())
                continue;
            var cause = new StatusCause("", "", "");
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("reason"u8))
                    cause = cause with { Reason = reader.ReadText() ?? "" };
                else if (reader.ValueTextEquals("field"u8))
                    cause = cause with { Field = reader.ReadText() ?? "" };
                else if (reader.ValueTextEquals("message"u8))
                    cause = cause with { Message = reader.ReadText() ?? "" };
                else
                    reader.Skip();
            }

            causes.Add(cause);
        }

        return causes;
    }
}
