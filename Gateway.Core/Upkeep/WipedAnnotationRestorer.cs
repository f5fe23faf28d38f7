using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Election;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Restores registrations that Dubbo Java's own registry removed: it patches with the difference to what it has read, and for a pod without
/// annotations that is the whole map, whatever was written in between. No write of the gateway removes all own keys and adds
/// <c>io.dubbo/metadata</c>, so a deregistration is never undone. Every replica sees it, the leader acts. Keeps no state.
/// </summary>
public sealed partial class WipedAnnotationRestorer(
    ILeadership election, PodAnnotationWriter writer, AnnotationOptions options, LoopSupervisor loops, ILogger<WipedAnnotationRestorer> logger)
{
    private const string Caller = "gateway";

    /// <summary>Called on a reflector's thread with a pod before and after one write: only starts the restore.</summary>
    public void See(Pod before, Pod after)
    {
        if (election.CurrentTerm is null || after.IsTerminating || before.Metadata.Uid != after.Metadata.Uid || !DubboJavaFormat.Wiped(before, after))
            return;
        var lost = before.Metadata.Annotations.Where(entry => options.TryGetId(entry.Key, out _)).ToImmutableDictionary(
            static entry => entry.Key, static entry => (string?)entry.Value, StringComparer.Ordinal);
        if (!lost.IsEmpty && !after.Metadata.Annotations.Keys.Any(key => options.TryGetId(key, out _)))
            loops.Begin("wiped-annotations", () => RestoreAsync(after, lost), bug => Failed(logger, bug, lost.Count, after.Metadata.Key));
    }

    private async Task RestoreAsync(Pod after, ImmutableDictionary<string, string?> lost)
    {
        var pod = after.Metadata;

        // A key that the pod has registered again meanwhile is newer and is kept.
        var done = await writer.WriteAsync<object>(
            after, Caller,
            (live, _) => new PodEdit<object>
            {
                Result = lost,
                Annotations = lost.RemoveRange(live.Metadata.Annotations.Keys),
                DependsOnRead = true,
            },
            CancellationToken.None);
        if (done.IsRefused(out var refusal))
            NotRestored(logger, lost.Count, pod.Key, refusal.Code);
        else
            Restored(logger, lost.Count, pod.Key, done.Value.Pod.Metadata.Version);
    }

    [LoggerMessage(1650, LogLevel.Warning, "Another client replaced all annotations of pod {Pod}; restored {Count} registrations, version {Version}")]
    private static partial void Restored(ILogger logger, int count, ObjectKey pod, ulong version);

    [LoggerMessage(1651, LogLevel.Error, "Another client replaced all annotations of pod {Pod}; {Count} registrations could not be restored ({Code})")]
    private static partial void NotRestored(ILogger logger, int count, ObjectKey pod, string code);

    [LoggerMessage(1652, LogLevel.Error, "Restoring {Count} registrations of pod {Pod} failed")]
    private static partial void Failed(ILogger logger, Exception bug, int count, ObjectKey pod);
}
