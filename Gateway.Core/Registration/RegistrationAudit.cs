using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Refusals;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registration;

/// <summary>One line, and one count, for every call that was to write: who, what, to which pod, and what came of it.</summary>
public sealed partial class RegistrationAudit(GatewayMetrics metrics, ILogger<RegistrationAudit> log)
{
    private const int ShownIds = 5;

    internal void Written<T>(CallerIdentity caller, string verb, PodWrite<T> write, IReadOnlyCollection<string> ids)
        where T : class
    {
        var ours = ids.Count <= ShownIds ? string.Join(",", ids) : $"{string.Join(",", ids.Take(ShownIds))},... ({ids.Count})";
        Count(verb, write.HasWritten ? "written" : "unchanged");
        if (write.HasWritten)
            Written(log, caller, verb, ours, write.Pod.Metadata.Key, write.Pod.Metadata.Uid, write.Pod.Metadata.Version, write.Patch.AnnotationBytesBefore, write.Patch.AnnotationBytesAfter);
        else
            Unchanged(log, caller, verb, ours, write.Pod.Metadata.Key, write.Pod.Metadata.Uid, write.Pod.Metadata.Version);
    }

    internal void Refused(CallerIdentity caller, string verb, ObjectKey? pod, Refusal refusal)
    {
        Count(verb, refusal.Code);
        Refused(log, caller, verb, pod?.ToString() ?? "no pod", refusal.Code);
    }

    private void Count(string verb, string outcome) => metrics.Registrations.Add(1, new("verb", verb), new("outcome", outcome));

    [LoggerMessage(1610, LogLevel.Information,
        "{Caller} {Verb} {Ids} of pod {Pod} ({Uid}): written as version {Version}, annotations from {BytesBefore} to {BytesAfter} bytes.")]
    private static partial void Written(
        ILogger log, CallerIdentity caller, string verb, string ids, ObjectKey pod, string uid, ulong version, int bytesBefore, int bytesAfter);

    [LoggerMessage(1611, LogLevel.Information, "{Caller} {Verb} {Ids} of pod {Pod} ({Uid}): so already at version {Version}, nothing written.")]
    private static partial void Unchanged(ILogger log, CallerIdentity caller, string verb, string ids, ObjectKey pod, string uid, ulong version);

    [LoggerMessage(1612, LogLevel.Information, "{Caller} {Verb} of {Pod}: refused, {Code}.")]
    private static partial void Refused(ILogger log, CallerIdentity caller, string verb, string pod, string code);
}
