using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.PodWriting;

/// <summary>Which mirrors a registration is shown in: the gateway's, its namespace's (an annotation of the Namespace) and its own, together.</summary>
public sealed class MirrorSettings(AnnotationOptions options, AccessOptions access, IClusterView cluster)
{
    private readonly PodRecordReader _reader = new(options, new NativeFormat(options), new DeclaredFormat(options));

    /// <summary>The mirrors of every registration of the namespace, whatever it says itself.</summary>
    public ImmutableArray<string> Of(string ns)
    {
        var own = cluster.FindNamespace(ns)?.Metadata.Annotations.GetValueOrDefault(options.MirrorsKey);
        return own is null ? [.. options.Mirrors] : [.. options.Mirrors.Union(MirrorNames.Parse(own))];
    }

    /// <summary>
    /// Every registration of the gateway's own formats in the pod, with its overrides applied, each with all its mirrors. Without what the rule of
    /// names hides: readers of mirrors do not have the rule.
    /// </summary>
    internal IReadOnlyList<MirroredRegistration> RegistrationsOf(Pod pod)
    {
        var records = _reader.Read(pod);
        if (access.Register == RegisterAccess.Namespace)
            records = ReservedNames.Permitted(pod, records, key => cluster.FindService(key.Namespace, key.Name));
        if (records.Registrations.IsEmpty)
            return [];
        var everywhere = Of(pod.Metadata.Namespace);
        return
        [
            .. from record in records.Registrations.DistinctBy(static record => record.Id)
               select new MirroredRegistration(Overlaid(record, records.Overlays), [.. everywhere.Union(record.Mirrors)]),
        ];
    }

    /// <summary>Whether the pod has a mirror, or annotations that mirrors are made from; all other pods can be skipped.</summary>
    internal bool MayConcern(Pod pod) => HasMirrorKeys(pod) || pod.Metadata.Annotations.Keys.Any(IsOwn);

    /// <summary>Whether a plan of the pod's mirrors (and of the gateway's label) can change anything, decided without decoding a record.</summary>
    internal bool Concern(Pod pod) =>
        HasMirrorKeys(pod)
        || pod.Metadata.Annotations.Any(entry => IsOwn(entry.Key) && entry.Value.Contains("\"mirrors\"", StringComparison.Ordinal))
        || ((options.Label || !Of(pod.Metadata.Namespace).IsEmpty) && pod.Metadata.Annotations.Keys.Any(IsOwn));

    /// <summary>Whether the pod has an annotation that a mirror writes, or that another writer has under the same key.</summary>
    internal static bool HasMirrorKeys(Pod pod)
    {
        foreach (var format in MirrorFormats.All)
        {
            if (pod.Metadata.Annotations.ContainsKey(format.AnnotationKey))
                return true;
        }

        return false;
    }

    private bool IsOwn(string key) => key == options.DeclareKey || options.IsKeyOfId(key);

    /// <summary>A declared registration with the status and weight of the own key that overrides it.</summary>
    private static RegistrationRecord Overlaid(RegistrationRecord record, ImmutableArray<RegistrationRecord> overlays)
    {
        foreach (var overlay in overlays)
        {
            if (overlay.Id == record.Id && record.Source != InstanceSource.Gateway)
                return record with { OutOfService = overlay.OutOfService, Weight = overlay.WeightOverride ?? record.Weight };
        }

        return record;
    }
}
