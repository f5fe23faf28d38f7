using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registration;

/// <summary>
/// One log line and one count for every call to write: who (user, pod, source address), what, on which pod, before and after, and the result.
/// Each write also creates an Event on the pod, where that is enabled.
/// </summary>
/// <param name="events">Null: disabled.</param>
/// <param name="isShort">For a person at a console: who did what on which pod, without contents, uids and versions.</param>
public sealed partial class RegistrationAudit(
    AnnotationOptions annotations, GatewayMetrics metrics, ILogger<RegistrationAudit> logger, RegistrationEvents? events = null, bool isShort = false)
{
    private const string Unknown = "-";
    private const string Nothing = "nothing";
    private const int ShownIds = 5;

    internal void Written<T>(CallerIdentity caller, string verb, PodWrite<T> write, IReadOnlyCollection<string> ids)
        where T : class
    {
        var pod = write.Pod.Metadata;
        Count(verb, write.HasWritten ? "written" : "unchanged");
        if (!write.HasWritten)
        {
            Unchanged(logger, verb, Shown(ids), pod.Key, pod.Uid, UserOf(caller), PodOf(caller), AddressOf(caller), pod.Version);
            return;
        }

        events?.Offer(caller, verb, pod, Shown(ids));
        if (isShort)
        {
            WrittenShortly(logger, verb, Shown(ids), pod.Key, LogText.Escaped(caller.ToString()));
            return;
        }

        Written(
            logger, verb, Shown(ids), pod.Key, pod.Uid, UserOf(caller), PodOf(caller), AddressOf(caller), pod.Version,
            Content(ids, write.Stored.Before), Content(ids, write.Stored.Annotations), write.Stored.AnnotationBytesBefore, write.Stored.AnnotationBytesAfter);
    }

    /// <summary>There was nothing to remove, and no pod that it could have been removed from.</summary>
    internal void GoneAlready(CallerIdentity caller, string verb, ObjectKey? pod, string id)
    {
        Count(verb, "unchanged");
        GoneAlready(logger, verb, id, pod is null ? Unknown : LogText.Escaped(pod.Value.ToString()), UserOf(caller), PodOf(caller), AddressOf(caller));
    }

    /// <param name="pod">Null: the pod is not known.</param>
    public void Refused(CallerIdentity caller, string verb, ObjectKey? pod, Refusal refusal)
    {
        Count(verb, refusal.Code);
        var named = pod is null ? Unknown : LogText.Escaped(pod.Value.ToString());
        if (refusal.MayHaveBeenApplied)
            Unconfirmed(logger, verb, named, UserOf(caller), PodOf(caller), AddressOf(caller), refusal.Code);
        else
            Refused(logger, verb, named, UserOf(caller), PodOf(caller), AddressOf(caller), refusal.Code);
    }

    private void Count(string verb, string outcome) => metrics.Registrations.Add(1, new("verb", verb), new("outcome", outcome));

    private static string Shown(IReadOnlyCollection<string> ids) =>
        ids.Count == 0 ? Nothing
        : ids.Count <= ShownIds ? string.Join(",", ids) : $"{string.Join(",", ids.Take(ShownIds))},... ({ids.Count})";

    /// <summary>What the annotations of these registrations hold, as far as the patch touches them.</summary>
    private string Content(IReadOnlyCollection<string> ids, IReadOnlyDictionary<string, string?> values)
    {
        var shown = ids.Take(ShownIds).Select(id => values.GetValueOrDefault(annotations.KeyOf(id))).OfType<string>().Select(LogText.Escaped).ToList();
        return shown.Count == 0 ? Nothing : string.Join(" ", shown);
    }

    private static string UserOf(CallerIdentity caller) => caller switch
    {
        UserCaller person => LogText.Escaped(person.User.Username),
        PodCaller { User: { } user } => LogText.Escaped(user.Username),
        GatewayCaller => caller.ToString(),
        _ => Unknown,
    };

    private static string PodOf(CallerIdentity caller) => caller is PodCaller pod ? LogText.Escaped(pod.Pod.ToString()) : Unknown;

    private static string AddressOf(CallerIdentity caller) => caller.RemoteAddress?.ToString() ?? Unknown;

    [LoggerMessage(1610, LogLevel.Information,
        "{Verb} {Ids} of pod {Pod} ({Uid}) by user {User}, pod {CallerPod}, from {Address}: written as version {Version}; before: {Before}; after: {After}; annotations from {BytesBefore} to {BytesAfter} bytes")]
    private static partial void Written(
        ILogger logger, string verb, string ids, ObjectKey pod, string uid, string user, string callerPod, string address, ulong version, string before, string after,
        int bytesBefore, int bytesAfter);

    [LoggerMessage(1605, LogLevel.Information, "{Verb} {Ids} of pod {Pod} by {Caller}")]
    private static partial void WrittenShortly(ILogger logger, string verb, string ids, ObjectKey pod, string caller);

    [LoggerMessage(1611, LogLevel.Information,
        "{Verb} {Ids} of pod {Pod} ({Uid}) by user {User}, pod {CallerPod}, from {Address}: unchanged, already stored at version {Version}; nothing written")]
    private static partial void Unchanged(
        ILogger logger, string verb, string ids, ObjectKey pod, string uid, string user, string callerPod, string address, ulong version);

    [LoggerMessage(1613, LogLevel.Information,
        "{Verb} {Ids} of pod {Pod} by user {User}, pod {CallerPod}, from {Address}: unchanged, the registration or its pod no longer exists; nothing written")]
    private static partial void GoneAlready(ILogger logger, string verb, string ids, string pod, string user, string callerPod, string address);

    [LoggerMessage(1670, LogLevel.Warning,
        "{Verb} of pod {Pod} by user {User}, pod {CallerPod}, from {Address}: sent, but the API server's answer was lost, {Code}; it may have been written")]
    private static partial void Unconfirmed(ILogger logger, string verb, string pod, string user, string callerPod, string address, string code);

    [LoggerMessage(1612, LogLevel.Information, "{Verb} of pod {Pod} by user {User}, pod {CallerPod}, from {Address}: refused, {Code}; nothing written")]
    private static partial void Refused(ILogger logger, string verb, string pod, string user, string callerPod, string address, string code);
}
