using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

internal static partial class InformersLog
{
    [LoggerMessage(1100, LogLevel.Warning,
        "Cannot list or watch {Resource} of {Scope} ({Why}); cached objects are served as stale, retrying")]
    public static partial void Lost(ILogger logger, string resource, string scope, string why);

    [LoggerMessage(1101, LogLevel.Information, "Watching {Resource} of {Scope} again")]
    public static partial void Regained(ILogger logger, string resource, string scope);

    [LoggerMessage(1102, LogLevel.Warning, "No right to list and watch {Resource}; the gateway works without them and retries every {Interval}")]
    public static partial void DoingWithout(ILogger logger, string resource, TimeSpan interval);

    [LoggerMessage(1103, LogLevel.Information,
        "Listed {Count} {Resource} of {Scope} at version {Version} ({Reason})")]
    public static partial void Listed(ILogger logger, int count, string resource, string scope, ulong version, string reason);

    [LoggerMessage(1104, LogLevel.Warning,
        "etcd was restored: {Resource} of {Scope} went back to resourceVersion {Version} from {Seen}; relisted")]
    public static partial void HistoryReplaced(ILogger logger, string resource, string scope, ulong version, ulong seen);

    [LoggerMessage(1105, LogLevel.Warning, "Cannot decode {Key} of {Resource}, counted as unreadable: {Failure}")]
    public static partial void UnreadableObject(ILogger logger, string resource, string key, string failure);

    [LoggerMessage(1106, LogLevel.Warning, "A watch frame of {Resource} of {Scope} cannot be read, relisting: {Failure}")]
    public static partial void UnreadableFrame(ILogger logger, string resource, string scope, string failure);

    [LoggerMessage(1107, LogLevel.Debug, "The watch of {Resource} of {Scope} ended: {Outcome} {Detail}")]
    public static partial void WatchEnded(ILogger logger, string resource, string scope, WatchOutcome outcome, string? detail);

    [LoggerMessage(1108, LogLevel.Warning,
        "The watch of {Resource} of {Scope} is dead: it did not send a change that a second watch did; reopening it")]
    public static partial void WatchDead(ILogger logger, string resource, string scope);

    [LoggerMessage(1109, LogLevel.Debug, "The API server does not support streaming lists of {Resource} ({Why}); using ordinary lists from now on")]
    public static partial void NoStreamingLists(ILogger logger, string resource, string why);

    [LoggerMessage(1110, LogLevel.Debug, "The watch of {Resource} of {Scope} stays at version {Version} while probes are ahead; comparing it with a second watch")]
    public static partial void Comparing(ILogger logger, string resource, string scope, ulong version);

    [LoggerMessage(1111, LogLevel.Warning, "The cache differs from the API server although the watch is in step: {Resource} {Key} {Difference}")]
    public static partial void CacheDiffers(ILogger logger, string resource, ObjectKey key, string difference);

    [LoggerMessage(1112, LogLevel.Warning,
        "{Count} objects of {Resource} of {Scope} differed from the API server, of {Suspects} that were suspected; the kind is listed again")]
    public static partial void CacheRepaired(ILogger logger, int count, string resource, string scope, int suspects);

    [LoggerMessage(1113, LogLevel.Debug, "Compared {Count} cached {Resource} of {Scope} with the API server: {Outcome} {Detail}")]
    public static partial void CacheCompared(ILogger logger, int count, string resource, string scope, string outcome, string? detail);

    [LoggerMessage(1119, LogLevel.Warning, "A watch of {Resource} of {Scope} sent an event after a later one ({Detail}), relisting")]
    public static partial void Disordered(ILogger logger, string resource, string scope, string detail);
}
