using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry;

internal static partial class RegistryLog
{
    [LoggerMessage(1500, LogLevel.Information,
        "The first snapshot is complete: {Services} services, {Instances} instances, {Pods} pods; lookups are answered from now on")]
    public static partial void Synced(ILogger logger, int services, int instances, int pods);

    [LoggerMessage(1501, LogLevel.Information,
        "Pod {Pod}: cannot read the record in annotation {AnnotationKey} ({Source}), nor {More} others; they are left out, the pod's other records are served: {Reason}")]
    public static partial void RecordUnreadable(ILogger logger, ObjectKey pod, string annotationKey, string source, int more, string reason);

    [LoggerMessage(1502, LogLevel.Warning, "Lost the API server: lookups are answered from the last known state and marked stale")]
    public static partial void TurnedStale(ILogger logger);

    [LoggerMessage(1503, LogLevel.Information, "The API server answers again: lookups are no longer stale")]
    public static partial void TurnedFresh(ILogger logger);

    [LoggerMessage(1504, LogLevel.Warning,
        "etcd was restored to an older state ({Kind}): revisions and event ids from before belong to another history")]
    public static partial void HistoryReplaced(ILogger logger, WatchedKind kind);

    [LoggerMessage(1505, LogLevel.Warning,
        "The API server has not answered yet: lookups are answered from the state saved {Age} ago and marked stale; writes are refused until it answers")]
    public static partial void Restoring(ILogger logger, string age);

    [LoggerMessage(1506, LogLevel.Warning, "The saved state is {Age} old, older than Registry:RestoreMaxAge, and is not used: lookups are refused until the API server answers")]
    public static partial void TooOldToRestore(ILogger logger, string age);

    [LoggerMessage(1507, LogLevel.Information,
        "Service {Service}: cannot read a part of annotation {AnnotationKey}, nor {More} others; they are left out, the other parts are mapped: {Reason}")]
    public static partial void MappingUnreadable(ILogger logger, ServiceKey service, string annotationKey, int more, string reason);

    [LoggerMessage(1510, LogLevel.Warning, "A change has waited {Seconds} s to be published: lookups are marked stale until it is")]
    public static partial void TurnedBehind(ILogger logger, double seconds);

    [LoggerMessage(1511, LogLevel.Information, "Every change is published: lookups are no longer stale")]
    public static partial void CaughtUp(ILogger logger);

    [LoggerMessage(1512, LogLevel.Error,
        "Service {Service}: its instances cannot be computed, by a bug; its last good state is served, and it is tried again. {LeftOut} such failures were not logged")]
    public static partial void ServiceUnprojected(ILogger logger, Exception failure, ServiceKey service, long leftOut);

    [LoggerMessage(1513, LogLevel.Information, "Service {Service}: its instances are computed again")]
    public static partial void ServiceProjectedAgain(ILogger logger, ServiceKey service);

    [LoggerMessage(1508, LogLevel.Information,
        "Pod {Pod}: its record of service {Service} names {Name}, a Service that does not select the pod; {Effect}")]
    public static partial void NameReserved(ILogger logger, ObjectKey pod, string service, string name, string effect);

    [LoggerMessage(1509, LogLevel.Warning,
        "Service {Service}: its selector does not select the pods of {Records} records that name it, and they are not listed under its name any more; if the Service is new, check its selector")]
    public static partial void Delisted(ILogger logger, ServiceKey service, int records);

    [LoggerMessage(1530, LogLevel.Warning,
        "The registry is too large to be saved in Redis: a replica that starts without the API server answers nothing until it is back. At most an eighth of the memory limit, and never more than 512 MiB, is saved")]
    public static partial void TooLargeToSave(ILogger logger);

    [LoggerMessage(1535, LogLevel.Error,
        "The saved state in Redis has no valid signature by Redis:SharedSecret and is not used: lookups are refused until the API server answers. Another secret wrote it, or another program")]
    public static partial void NotSigned(ILogger logger);
}
