using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>Writes down that a registration was POSTed again by a new run of its container, where only this process remembered it.</summary>
internal sealed class ConfirmEdit(RunConfirmation confirmation, AnnotationOptions options)
{
    public PodEdit<RegistrationRecord> Plan(Pod pod, bool isRepeated)
    {
        var id = confirmation.Record.Id;
        var value = pod.Metadata.Annotations.GetValueOrDefault(options.KeyOf(id));
        var own = value is null ? null : NativeFormat.TryRead(pod, id, value, out _);

        // Deregistered, registered anew or bound to another container in the meantime: nothing is left to confirm.
        if (own is null or { IsOverlay: true } || own.Container != confirmation.Record.Container || own.RestartCount >= confirmation.RestartCount)
            return new PodEdit<RegistrationRecord> { Result = own ?? confirmation.Record };

        var record = own with
        {
            RestartCount = confirmation.RestartCount,
            PostedAt = own.PostedAt > confirmation.PostedAt ? own.PostedAt : confirmation.PostedAt,
        };
        return new PodEdit<RegistrationRecord>
        {
            Result = record,
            Annotations = ImmutableDictionary<string, string?>.Empty.Add(options.KeyOf(id), NativeFormat.Rewrite(record, value)),
            DependsOnRead = true,
        };
    }
}
