using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>Refuses writes while <see cref="AnnotationOptions.ReadOnly"/> is set.</summary>
public static class ReadOnlyRegistry
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);

    /// <summary>Null: writes are allowed.</summary>
    public static Refusal? Refused(AnnotationOptions options) => !options.ReadOnly
        ? null
        : new(RefusalCodes.ReadOnly, "This gateway is read-only (Registry__ReadOnly): its operator has frozen registrations. Nothing was written; lookups go on.") { RetryAfter = RetryAfter };
}
