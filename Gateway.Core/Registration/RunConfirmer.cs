using System.Collections.Concurrent;
using Gateway.Core.Annotations;
using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registration;

/// <summary>
/// Writes down, in the background, what only this process remembers: that a registration was POSTed again after its container restarted.
/// Until then other replicas show it DOWN. Holds what is under way; the projector's report begins it, its end takes it out.
/// </summary>
public sealed partial class RunConfirmer(
    PodAnnotationWriter writer, AnnotationOptions annotations, RegistrationAudit audit, LoopSupervisor loops, ILogger<RunConfirmer> log)
{
    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    /// <summary>Called on the projector's thread: only begins. One that is under way already is not begun again.</summary>
    public void Confirm(RunConfirmation confirmation)
    {
        if (_underWay.TryAdd(confirmation.Record.Id, true))
        {
            loops.Begin("restart-confirmation", () => ConfirmAsync(confirmation),
                bug => Failed(log, bug, confirmation.Record.Id, confirmation.Pod.Metadata.Key));
        }
    }

    private async Task ConfirmAsync(RunConfirmation confirmation)
    {
        var meta = confirmation.Pod.Metadata;
        try
        {
            var edit = new ConfirmEdit(confirmation, annotations);
            var done = await writer.WriteAsync<RegistrationRecord>(meta.Key, meta.Uid, GatewayCaller.Self.FairnessKey, edit.Plan, CancellationToken.None).ConfigureAwait(false);
            if (done.IsRefused(out var refusal))
                NotConfirmed(log, confirmation.Record.Id, meta.Key, refusal.Code);
            else if (done.Value.HasWritten)
                audit.Written(GatewayCaller.Self, "confirm", done.Value, [confirmation.Record.Id]);
        }
        finally
        {
            _underWay.TryRemove(confirmation.Record.Id, out _);
        }
    }

    [LoggerMessage(1620, LogLevel.Warning,
        "The new run of the container behind registration {Id} of {Pod} could not be written down ({Code}); other replicas may show it DOWN until its next POST.")]
    private static partial void NotConfirmed(ILogger log, string id, Kubernetes.Models.ObjectKey pod, string code);

    [LoggerMessage(1621, LogLevel.Error, "Writing down the new run of the container behind registration {Id} of {Pod} failed.")]
    private static partial void Failed(ILogger log, Exception bug, string id, Kubernetes.Models.ObjectKey pod);
}
