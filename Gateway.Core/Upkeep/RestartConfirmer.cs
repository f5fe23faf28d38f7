using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Stores in the pod, in the background, what only this process knows: that a registration was POSTed again after its container restarted. Until
/// then other replicas show it DOWN. Holds the confirmations in progress; the projector's report adds one, its end removes it.
/// </summary>
public sealed partial class RestartConfirmer(
    PodAnnotationWriter writer, AnnotationOptions annotations, RegistrationAudit audit, LoopSupervisor loops, ILogger<RestartConfirmer> logger)
{
    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    /// <summary>Called on the projector's thread: only starts the write. One in progress is not started again.</summary>
    public void Confirm(RestartConfirmation confirmation)
    {
        if (_underWay.TryAdd(confirmation.Record.Id, true))
        {
            loops.Begin("restart-confirmation", () => ConfirmAsync(confirmation),
                bug => Failed(logger, bug, confirmation.Record.Id, confirmation.Pod.Metadata.Key));
        }
    }

    private async Task ConfirmAsync(RestartConfirmation confirmation)
    {
        var meta = confirmation.Pod.Metadata;
        try
        {
            var edit = new ConfirmEdit(confirmation, annotations);
            var done = await writer.WriteAsync<RegistrationRecord>(confirmation.Pod, GatewayCaller.Self.FairnessKey, edit.Plan, CancellationToken.None);
            if (done.IsRefused(out var refusal))
                NotConfirmed(logger, confirmation.Record.Id, meta.Key, refusal.Code);
            else if (done.Value.HasWritten)
                audit.Written(GatewayCaller.Self, "confirm", done.Value, [confirmation.Record.Id]);
        }
        finally
        {
            _underWay.TryRemove(confirmation.Record.Id, out _);
        }
    }

    [LoggerMessage(1620, LogLevel.Warning,
        "The restart of the container of registration {Id} of {Pod} could not be confirmed in its annotation ({Code}); other replicas may show it DOWN until its next POST.")]
    private static partial void NotConfirmed(ILogger logger, string id, Kubernetes.Models.ObjectKey pod, string code);

    [LoggerMessage(1621, LogLevel.Error, "Confirming the restart of the container of registration {Id} of {Pod} failed.")]
    private static partial void Failed(ILogger logger, Exception bug, string id, Kubernetes.Models.ObjectKey pod);
}

/// <summary>Stores in its annotation that a registration was POSTed again after its container restarted.</summary>
internal sealed class ConfirmEdit(RestartConfirmation confirmation, AnnotationOptions options)
{
    public PodEdit<RegistrationRecord> Plan(Pod pod, bool isRepeated)
    {
        var id = confirmation.Record.Id;
        var value = pod.Metadata.Annotations.GetValueOrDefault(options.KeyOf(id));
        var own = value is null ? null : NativeFormat.TryRead(pod, id, value, out _);

        // Deregistered, registered again or bound to another container in the meantime: nothing is left to confirm.
        if (own is null or { IsOverlay: true } || own.Container != confirmation.Record.Container || own.PostedAt >= confirmation.PostedAt)
            return new PodEdit<RegistrationRecord> { Result = own ?? confirmation.Record };

        var record = own with
        {
            RestartCount = confirmation.RestartCount,
            Run = confirmation.Run,
            PostedAt = confirmation.PostedAt,
        };
        return new PodEdit<RegistrationRecord>
        {
            Result = record,
            Annotations = ImmutableDictionary<string, string?>.Empty.Add(options.KeyOf(id), NativeFormat.Rewrite(record, value)),
            DependsOnRead = true,
        };
    }
}
