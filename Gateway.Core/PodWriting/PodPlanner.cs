using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.PodWriting;

/// <summary>
/// Combines the queued edits of a pod into one patch: own keys first, each edit on top of those before it, then the label and the mirrors that
/// follow from them. Where space is short, mirrors are left out, never own keys. Pure, except that it stores each edit's result in the edit.
/// </summary>
public sealed class PodPlanner(AnnotationOptions options, MirrorSettings settings)
{
    private static readonly MirrorState Undecided = MirrorState.LeftOut(MirrorCauses.Undecided, "the pod could not be read completely");
    private static readonly MirrorState NotYet = MirrorState.LeftOut(MirrorCauses.Undecided, "it is not written yet as it is now");

    private readonly AnnotationSpace _space = new(options);

    /// <param name="live">The pod, as known or as read.</param>
    /// <param name="edits">What is to be written.</param>
    /// <param name="isRepeated">An earlier plan was sent and may have been applied.</param>
    /// <param name="leaveMirrorsOut">Why mirrors keep their value; null: they follow.</param>
    /// <param name="isContended">Other clients keep changing the pod: new keys alone are sent without its version.</param>
    internal PodPatch Plan(Pod live, IReadOnlyList<WaitingWrite> edits, bool isRepeated, MirrorState? leaveMirrorsOut, bool isContended = false)
    {
        // A pod that could not be decoded has no address here; that must not remove its mirrors.
        if (live.Unreadable)
            leaveMirrorsOut ??= Undecided;
        var reclaimable = leaveMirrorsOut is null && MirrorSettings.HasMirrorKeys(live) ? live.Metadata.AnnotationBytes - WithoutMirrors(live).Metadata.AnnotationBytes : 0;
        var pod = live;
        var dependsOnRead = false;
        foreach (var edit in edits)
        {
            edit.Plan(pod, isRepeated);
            if (edit.Refusal is not null)
                continue;
            var changes = edit.Edit.Annotations.Where(change => pod.Metadata.Annotations.GetValueOrDefault(change.Key) != change.Value).ToList();
            if (changes.Count == 0)
                continue;
            var after = AnnotationSpace.With(pod, changes);
            if (_space.Exceeded(pod, after, reclaimable, edit.Edit.IsStatusChange) is { } full)
            {
                edit.Veto(full);
                continue;
            }

            pod = after;
            dependsOnRead |= edit.Edit.DependsOnRead;
        }

        var labels = new Dictionary<string, string?>(StringComparer.Ordinal);
        AddLabel(pod, labels);
        var (mirrors, mirrored) = PlanMirrors(pod, labels, leaveMirrorsOut);
        var annotations = Difference(live, mirrored);
        return new PodPatch
        {
            Uid = live.Metadata.Uid,
            Version = isContended && !dependsOnRead && labels.Count == 0 && !mirrors.Any(static plan => plan.ChangesAnything) ? null : live.Metadata.Version,
            Annotations = annotations,
            Before = annotations.Keys.ToDictionary(static key => key, key => live.Metadata.Annotations.GetValueOrDefault(key), StringComparer.Ordinal),
            Labels = labels,
            Mirrors = mirrors,
            WritesMirrors = mirrors.Any(static plan => plan.ChangesAnything),
            AnnotationBytesBefore = live.Metadata.AnnotationBytes,
            AnnotationBytesAfter = mirrored.Metadata.AnnotationBytes,
        };
    }

    private static Dictionary<string, string?> Difference(Pod live, Pod wanted)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (ReferenceEquals(live, wanted))
            return changes;
        foreach (var (key, value) in wanted.Metadata.Annotations)
        {
            if (live.Metadata.Annotations.GetValueOrDefault(key) != value)
                changes[key] = value;
        }

        foreach (var key in live.Metadata.Annotations.Keys)
        {
            if (!wanted.Metadata.Annotations.ContainsKey(key))
                changes[key] = null;
        }

        return changes;
    }

    /// <summary>
    /// How each registration is in each mirror now, by its id and by the mirror's name, as the annotations of the pod say. What is to be written and is not
    /// there yet is left out so far.
    /// </summary>
    internal ImmutableDictionary<string, ImmutableSortedDictionary<string, MirrorState>> MirrorsOf(Pod pod)
    {
        if (!settings.Concern(pod))
            return ImmutableDictionary<string, ImmutableSortedDictionary<string, MirrorState>>.Empty;
        var (plans, _) = PlanMirrors(pod, [], pod.Unreadable ? Undecided : null);
        return plans.SelectMany(static plan => plan.States.Select(state => (Id: state.Key, plan.Mirror, State: plan.ChangesAnything && state.Value.IsWritten ? NotYet : state.Value)))
            .GroupBy(static one => one.Id)
            .ToImmutableDictionary(
                static group => group.Key, static group => group.ToImmutableSortedDictionary(static one => one.Mirror, static one => one.State, StringComparer.Ordinal));
    }

    private void AddLabel(Pod pod, Dictionary<string, string?> labels)
    {
        if (!options.Label)
            return;
        string? wanted = pod.Metadata.Annotations.Any(entry => options.TryGetId(entry.Key, out var id) && IsRegistration(pod, id, entry.Value)) ? "true" : null;
        if (pod.Metadata.Labels.GetValueOrDefault(options.LabelKey) != wanted)
            labels[options.LabelKey] = wanted;
    }

    private static bool IsRegistration(Pod pod, string id, string value) => NativeFormat.TryRead(pod, id, value, out _) is { IsOverlay: false };

    private (ImmutableArray<MirrorPlan> Plans, Pod After) PlanMirrors(Pod pod, Dictionary<string, string?> labels, MirrorState? leaveOut)
    {
        if (!settings.Concern(pod))
            return ([], pod);
        var registrations = settings.RegistrationsOf(pod);
        var plans = ImmutableArray.CreateBuilder<MirrorPlan>();
        var room = WithoutMirrors(pod);
        foreach (var planned in MirrorPlanner.Plan(pod, registrations))
        {
            var plan = planned;
            if (leaveOut is not null)
            {
                plan = Untouched(plan, leaveOut);
            }
            else if (plan.States.Values.Any(static state => state.IsWritten))
            {
                if (_space.Exceeded(room, AnnotationSpace.With(room, [new(plan.AnnotationKey, plan.AnnotationValue)])) is { } full)
                    plan = Format(plan.Mirror).Plan(pod, Of(plan.Mirror, registrations), MirrorState.LeftOut(MirrorCauses.NoRoom, full.Detail));
                room = AnnotationSpace.With(room, [new(plan.AnnotationKey, plan.AnnotationValue)]);
            }

            if (plan.ChangesAnnotation)
                pod = AnnotationSpace.With(pod, [new(plan.AnnotationKey, plan.AnnotationValue)]);
            if (plan is { ChangesLabel: true, LabelKey: { } label })
                labels[label] = plan.LabelValue;
            if (plan.ChangesAnything || !plan.States.IsEmpty)
                plans.Add(plan);
        }

        return (plans.ToImmutable(), pod);
    }

    /// <summary>The pod without the gateway's records in its mirrors.</summary>
    private static Pod WithoutMirrors(Pod pod) => AnnotationSpace.With(
        pod, MirrorPlanner.Plan(pod, []).Where(static plan => plan.ChangesAnnotation).Select(static plan => KeyValuePair.Create(plan.AnnotationKey, plan.AnnotationValue)));

    /// <summary>The mirror's present value is kept: the patch contains nothing of it.</summary>
    private static MirrorPlan Untouched(MirrorPlan plan, MirrorState because) => plan with
    {
        ChangesAnnotation = false,
        ChangesLabel = false,
        States = plan.ChangesAnything
            ? plan.States.ToImmutableSortedDictionary(static state => state.Key, _ => because, StringComparer.Ordinal)
            : plan.States,
    };

    private static IMirrorFormat Format(string name) => MirrorFormats.All.First(format => format.Name == name);

    private static List<RegistrationRecord> Of(string mirror, IReadOnlyList<MirroredRegistration> registrations) =>
        [.. registrations.Where(one => one.Mirrors.Contains(mirror)).Select(static one => one.Record)];
}

/// <summary>A registration after an edit: its record, and whether the registration is new.</summary>
internal sealed record PlannedRegistration(RegistrationRecord Record, bool IsNew);
