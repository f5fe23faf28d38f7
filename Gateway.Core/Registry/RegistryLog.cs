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

    [LoggerMessage(1505, LogLevel.Warning,
        "The API server has not answered: lookups are answered from the state that was saved {Age} ago and marked stale, writes are refused until it does")]
    public static partial void Restoring(ILogger logger, string age);

    [LoggerMessage(1506, LogLevel.Warning, "The saved state is {Age} old, older than Registry:RestoreMaxAge: nothing is answered until the API server does")]
    public static partial void TooOldToRestore(ILogger logger, string age);

    [LoggerMessage(1507, LogLevel.Information,
        "Service {Service}: a part of annotation {AnnotationKey} cannot be read and is left out, the others are mapped: {Reason}")]
    public static partial void MappingUnreadable(ILogger logger, ServiceKey service, string annotationKey, string reason);
}
