using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// The annotations that a PATCH of one registration changes. A record that the gateway does not own (declared, in another format, an endpoint) is
/// overridden by an own key that holds status and weight alone.
/// </summary>
/// <param name="id">The registration.</param>
/// <param name="asked">The changes.</param>
/// <param name="actingForAnother">The caller is not the pod itself: what it takes out of rotation only a PATCH brings back.</param>
/// <param name="shown">The key of the instance with this id, where the registry shows one without a record in the pod's annotations.</param>
internal sealed class UpdateEdit(
    RegistrationId id, RegistrationChange asked, bool actingForAnother, RegistrationKey? shown, AnnotationOptions options, PodRecordReader reader, NameRule names)
{
    // By the plan that was made last.
    private RegistrationChange? _decided;

    private RegistrationChange Change => _decided ?? asked;

    public PodEdit<IReadOnlyList<PlannedRegistration>> Plan(Pod pod, bool isRepeated)
    {
        if (names.Reserved(pod, SaidName.Of(asked)) is { } reserved)
            return reserved;
        var value = pod.Metadata.Annotations.GetValueOrDefault(options.KeyOf(id));
        var own = value is null ? null : NativeFormat.TryRead(pod, id, value, out _);
        if (own is { IsOverlay: false })
        {
            if (asked.Decide is { } decide)
            {
                var decided = decide(own);
                if (decided.IsRefused(out var refusal))
                    return refusal;
                _decided = decided.Value;
            }

            return Rewritten(own, value);
        }

        var records = reader.Read(pod);
        foreach (var record in records.Registrations)
        {
            if (record.Id == id)
            {
                // Its id is derived from that address, so no key of this pod can override it.
                return record.ForeignAddress is { } address
                    ? new Refusal(RefusalCodes.Conflict, $"The registration {id} gives the address {address}, which is not an address of its pod; it cannot be changed here.")
                    : Overlaid(record, own, value);
            }
        }

        if (shown is { } key && key.IdFor(pod.Metadata.Uid) == id)
            return Overlaid(new RegistrationRecord { Id = id, Key = key, Source = InstanceSource.Endpoints }, own, value);
        return new Refusal(RefusalCodes.NotFound, $"The pod {pod.Metadata.Key} has no registration {id}.");
    }

    private PodEdit<IReadOnlyList<PlannedRegistration>> Rewritten(RegistrationRecord own, string? value)
    {
        var status = StatusAfter(own.OutOfService);
        var record = own with
        {
            OutOfService = status,
            OutOfServiceReason = status != OutOfService.ByPod ? null : Change.OutOfService is null ? own.OutOfServiceReason : Change.ClientReason,
            Clients = Change.Client is { } client ? ClientAliases.With(own.Clients, client) : own.Clients,
            Weight = Change.Weight ?? own.Weight,
            Metadata = MetadataAfter(own.Metadata),
        };
        var written = NativeFormat.Rewrite(record, value);
        return written == NativeFormat.Rewrite(own, value) ? Edit(own, null, false) : Edit(record, written, true);
    }

    private PodEdit<IReadOnlyList<PlannedRegistration>> Overlaid(RegistrationRecord record, RegistrationRecord? overlay, string? value)
    {
        if (Change.ClearMetadata || Change.Metadata is { IsEmpty: false })
        {
            return new Refusal(RefusalCodes.Conflict, $"The registration {id} is not stored by the gateway but declared or written by others; only its status and weight can be changed.")
            {
                Faults = [new Fault("/metadata", null, RefusalCodes.Conflict, "cannot be changed: others wrote it")],
            };
        }

        var status = StatusAfter(overlay?.OutOfService ?? OutOfService.No);
        var weight = Change.Weight ?? overlay?.WeightOverride;
        var result = record with { OutOfService = status, Weight = weight ?? record.Weight };
        if (status == OutOfService.No && weight is null)
            return Edit(result, null, value is not null);

        var next = new RegistrationRecord
        {
            Id = id,
            Key = record.Key,
            Source = InstanceSource.Gateway,
            IsOverlay = true,
            OutOfService = status,
            Weight = weight ?? RegistrationRules.DefaultWeight,
            WeightOverride = weight,
        };
        var written = NativeFormat.Rewrite(next, value);
        return Edit(result, written, written != value);
    }

    private PodEdit<IReadOnlyList<PlannedRegistration>> Edit(RegistrationRecord record, string? value, bool isChanged) => new()
    {
        Result = [new PlannedRegistration(record, false)],
        Annotations = isChanged ? ImmutableDictionary<string, string?>.Empty.Add(options.KeyOf(id), value) : ImmutableDictionary<string, string?>.Empty,
        DependsOnRead = true,
        IsStatusChange = Change.OutOfService is not null && Change.Metadata?.Values.Any(static text => text is not null) != true,
    };

    // Once another caller has taken it out of service, the pod's own request does not change that.
    private OutOfService StatusAfter(OutOfService before) => Change.OutOfService switch
    {
        null => before,
        false when Change.IsClientWord && before == OutOfService.ByOther => OutOfService.ByOther,
        false => OutOfService.No,
        true when actingForAnother || before == OutOfService.ByOther => OutOfService.ByOther,
        true => OutOfService.ByPod,
    };

    private ImmutableSortedDictionary<string, string> MetadataAfter(ImmutableSortedDictionary<string, string> before)
    {
        var after = Change.ClearMetadata ? before.Clear() : before;
        foreach (var (key, value) in Change.Metadata ?? ImmutableSortedDictionary<string, string?>.Empty)
            after = value is null ? after.Remove(key) : after.SetItem(key, value);
        return after;
    }
}
