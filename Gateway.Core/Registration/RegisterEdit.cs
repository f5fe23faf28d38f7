using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// The annotations that a POST changes (contract, section 2): all of its registrations or none. A new registration is a key of its own; one that
/// replaces an existing registration is made from what the pod holds.
/// </summary>
internal sealed class RegisterEdit(
    IReadOnlyList<RegistrationRequest> requests, bool actingForAnother, DateTimeOffset now, AnnotationOptions options, MirrorSettings mirrors,
    NameRule names)
{
    private const string NoContainer = "none";
    private const string DefaultContainerAnnotation = "kubectl.kubernetes.io/default-container";
    private const string BothDubboGo = $"{MirrorNames.DubboGo14} and {MirrorNames.DubboGo15} cannot both be written to one pod";

    private ImmutableHashSet<string> _new = [];

    public PodEdit<IReadOnlyList<PlannedRegistration>> Plan(Pod pod, bool isRepeated)
    {
        if (pod.IsTerminating)
            return new Refusal(RefusalCodes.PodTerminating, $"The pod {pod.Metadata.Key} is terminating and cannot register any more.");
        if (Refused(pod) is { } refusal)
            return refusal;

        var planned = new List<PlannedRegistration>(requests.Count);
        var changes = ImmutableDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        var dependsOnRead = false;
        foreach (var said in requests)
        {
            var request = Kept(pod, said);
            var asked = request.ToRecord(pod, InstanceSource.Gateway);
            var id = asked.Id;
            var value = pod.Metadata.Annotations.GetValueOrDefault(options.KeyOf(id));
            var existing = value is null ? null : NativeFormat.TryRead(pod, id, value, out _);
            var record = Merge(pod, request, asked, existing);
            var written = IsSame(record, existing, value!) ? value! : NativeFormat.Rewrite(record, value);
            if (written != value)
                changes[options.KeyOf(id)] = written;
            dependsOnRead |= written != value && value is not null;

            // An earlier attempt of this call may have been applied without an answer: the registration is still new to the caller.
            var isNew = existing is null or { IsOverlay: true } || (isRepeated && _new.Contains(id));
            planned.Add(new PlannedRegistration(written == value ? existing! : record, isNew));
        }

        dependsOnRead |= MoveAliases(pod, planned, changes);
        _new = [.. planned.Where(static one => one.IsNew).Select(static one => one.Record.Id)];
        return new PodEdit<IReadOnlyList<PlannedRegistration>>
        {
            Result = planned,
            Annotations = changes.ToImmutable(),
            DependsOnRead = dependsOnRead,
        };
    }

    /// <summary>The request with what stays of the pod's registration under the same client's id.</summary>
    private RegistrationRequest Kept(Pod pod, RegistrationRequest said)
    {
        if (said is not { Client: { } client, Keeps: { } keeps })
            return said;
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            if (options.TryGetId(key, out var id) && NativeFormat.TryRead(pod, id, value, out _) is { } former && former.ClientOf(client.Protocol)?.Id == client.Id)
            {
                var (kept, reason) = keeps(former);
                return said with { Client = kept, ClientReason = reason };
            }
        }

        return said;
    }

    /// <summary>
    /// A client's id names one registration of its pod. Where the client registered under another key before (another port, another name), that one is
    /// removed, or, where other clients know it too, loses the id.
    /// </summary>
    private bool MoveAliases(Pod pod, List<PlannedRegistration> planned, ImmutableDictionary<string, string?>.Builder changes)
    {
        var moved = requests.Select(static request => request.Client).OfType<ClientAlias>().ToList();
        if (moved.Count == 0)
            return false;
        var kept = planned.Select(static one => one.Record.Id).ToHashSet(StringComparer.Ordinal);
        var hasMoved = false;
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            if (!options.TryGetId(key, out var id) || kept.Contains(id) || NativeFormat.TryRead(pod, id, value, out _) is not { Clients.IsEmpty: false } record)
                continue;
            var remaining = record.Clients.RemoveAll(one => moved.Exists(client => client.Protocol == one.Protocol && client.Id == one.Id));
            if (remaining.Length == record.Clients.Length)
                continue;
            changes[key] = remaining.IsEmpty ? null : NativeFormat.Rewrite(record with { Clients = remaining }, value);
            hasMoved = true;
        }

        return hasMoved;
    }

    /// <summary>Faults that do not depend on the pod: two pods, one registration twice.</summary>
    public static Refusal? Contradiction(IReadOnlyList<RegistrationRequest> requests)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var seen = new HashSet<RegistrationKey>();
        foreach (var request in requests)
        {
            if (request.Pod != requests[0].Pod)
                faults.Add(Invalid(request, "/pod", "all registrations of one call are for one pod"));
            if (!seen.Add(request.KeyIn("")))
                faults.Add(Invalid(request, "", "is the same registration as one before it: service, group, version, protocol and port are equal"));
        }

        return faults.Count == 0
            ? null
            : new Refusal(RefusalCodes.InvalidRegistration, "The registrations contradict each other.") { Faults = faults.ToImmutable() };
    }

    private Refusal? Refused(Pod pod)
    {
        if (names.Reserved(pod, SaidName.Of(requests)) is { } reserved)
            return reserved;

        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var request in requests)
        {
            if (request.Container is { } container and not NoContainer && !pod.Containers.Contains(container))
                faults.Add(Invalid(request, "/container", $"is no container of the pod: {string.Join(", ", pod.Containers)}"));
        }

        foreach (var request in requests)
        {
            if (request.Host is { } host && !pod.PodIPs.Any(text => IPAddress.TryParse(text, out var own) && own.Equals(host)))
                faults.Add(Invalid(request, request.HostMember, $"its host {host} is none of the pod's addresses: {(pod.PodIPs.IsEmpty ? "it has none yet" : string.Join(", ", pod.PodIPs))}"));
        }

        AddMirrorFaults(pod, faults);
        return faults.Count == 0
            ? null
            : new Refusal(RefusalCodes.InvalidRegistration, "The registration does not fit the pod.") { Faults = faults.ToImmutable() };
    }

    /// <summary>Both dubbo-go formats need the same label of the pod with different values, so no pod can have both, whichever registrations ask for them.</summary>
    private void AddMirrorFaults(Pod pod, ImmutableArray<Fault>.Builder faults)
    {
        if (requests.All(static request => request.Mirrors.IsEmpty))
            return;
        var replaced = requests.Select(request => request.KeyIn(pod.Metadata.Namespace).IdFor(pod.Metadata.Uid)).ToHashSet(StringComparer.Ordinal);
        var wanted = mirrors.RegistrationsOf(pod).Where(one => !replaced.Contains(one.Record.Id)).SelectMany(static one => one.Mirrors)
            .Concat(mirrors.Of(pod.Metadata.Namespace)).ToHashSet(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            wanted.UnionWith(request.Mirrors);
            if (!request.Mirrors.IsEmpty && MirrorNames.Clash(wanted))
                faults.Add(Invalid(request, "/mirrors", BothDubboGo));
        }
    }

    private RegistrationRecord Merge(Pod pod, RegistrationRequest request, RegistrationRecord asked, RegistrationRecord? existing)
    {
        var container = ContainerOf(pod, request, existing);
        var status = container is null ? null : pod.StatusOf(container);
        return asked with
        {
            Container = container,
            RestartCount = status?.RestartCount ?? 0,
            Run = status?.Run,
            Host = pod.FurtherAddress(request.Host),
            RegisteredAt = existing?.RegisteredAt ?? now,
            PostedAt = now,
            OutOfService = existing?.OutOfService == OutOfService.ByOther ? OutOfService.ByOther : request.ClientReason is null ? OutOfService.No : OutOfService.ByPod,
            OutOfServiceReason = existing?.OutOfService == OutOfService.ByOther ? null : request.ClientReason,
            Clients = request.Client is { } client ? ClientAliases.With(existing?.Clients ?? [], client) : existing?.Clients ?? [],
        };
    }

    private string? ContainerOf(Pod pod, RegistrationRequest request, RegistrationRecord? existing)
    {
        if (request.Container is { } named)
            return named == NoContainer ? null : named;

        // A caller other than the pod does not know which container serves it: the pod's own choice is kept.
        if (actingForAnother)
            return existing?.Container;
        return pod.Metadata.Annotations.TryGetValue(DefaultContainerAnnotation, out var preferred) && pod.Containers.Contains(preferred)
            ? preferred
            : pod.Containers is [var first, ..] ? first : null;
    }

    // Compares the text as written, with unknown members; the time of the POST is not content. Mostly the pod holds that text itself.
    private static bool IsSame(RegistrationRecord record, RegistrationRecord? existing, string value) =>
        existing is { IsOverlay: false } && NativeFormat.Rewrite(record with { PostedAt = existing.PostedAt }, value) is var written
        && (written == value || written == NativeFormat.Rewrite(existing, value));

    private static Fault Invalid(RegistrationRequest request, string member, string detail) =>
        new(request.Pointer + member, null, RefusalCodes.InvalidRegistration, detail);
}
