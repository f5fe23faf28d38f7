using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes Leases of coordination.k8s.io.</summary>
internal static class CoordinationLeaseDecoder
{
    public static CoordinationLease Read(ref Utf8JsonReader reader, DecodeContext context)
    {
        ObjectMeta? metadata = null;
        string? holder = null;
        int? duration = null, transitions = null;
        DateTimeOffset? acquired = null, renewed = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                metadata = reader.ReadMetadata(context);
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                reader.ReadKind("Lease");
            }
            else if (!reader.ValueTextEquals("spec"u8))
            {
                reader.Skip();
            }
            else if (reader.EnterObject())
            {
                while (reader.NextMember())
                {
                    if (reader.ValueTextEquals("holderIdentity"u8))
                        holder = reader.ReadText();
                    else if (reader.ValueTextEquals("leaseDurationSeconds"u8))
                        duration = reader.ReadNumber();
                    else if (reader.ValueTextEquals("leaseTransitions"u8))
                        transitions = reader.ReadNumber();
                    else if (reader.ValueTextEquals("acquireTime"u8))
                        acquired = reader.ReadTime();
                    else if (reader.ValueTextEquals("renewTime"u8))
                        renewed = reader.ReadTime();
                    else
                        reader.Skip();
                }
            }
        }

        return new()
        {
            Metadata = metadata ?? throw new JsonException("The Lease has no metadata."),
            HolderIdentity = holder,
            LeaseDurationSeconds = duration,
            AcquireTime = acquired,
            RenewTime = renewed,
            LeaseTransitions = transitions ?? 0,
        };
    }
}
