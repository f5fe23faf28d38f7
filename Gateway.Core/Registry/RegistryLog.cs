using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry;

internal static partial class RegistryLog
{
    [LoggerMessage(1500, LogLevel.Information,
        "The registry has its first full picture: {Services} services, {Instances} instances, {Pods} pods; lookups are answered from now on")]
    public static partial void Synced(ILogger logger, int services, int instances, int pods);

    [LoggerMessage(1501, LogLevel.Information,
        "Pod {Pod}: the record in annotation {AnnotationKey} ({Source}) cannot be read and is left out, its others are served: {Reason}")]
    public static partial void RecordUnreadable(ILogger logger, ObjectKey pod, string annotationKey, string source, string reason);

    [LoggerMessage(1502, LogLevel.Warning, "The API server is lost: lookups are answered from what is known and marked stale")]
    public static partial void TurnedStale(ILogger logger);

    [LoggerMessage(1503, LogLevel.Information, "The API server is back: lookups are no longer stale")]
    public static partial void TurnedFresh(ILogger logger);

    [LoggerMessage(1504, LogLevel.Warning,
        "The cluster's store was put back to an older state ({Kind}); revisions and event ids from before are of another history")]
    public static partial void HistoryReplaced(ILogger logger, WatchedKind kind);
}
