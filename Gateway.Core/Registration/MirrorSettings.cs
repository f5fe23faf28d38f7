using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registration;

/// <summary>Which mirrors a registration is shown in: the gateway's, its namespace's (an annotation of the Namespace) and its own, together.</summary>
public sealed class MirrorSettings(AnnotationOptions options, IClusterView cluster)
{
    /// <summary>Those that hold whatever the registration says.</summary>
    public ImmutableArray<string> Of(string ns)
    {
        var own = cluster.FindNamespace(ns)?.Metadata.Annotations.GetValueOrDefault(options.MirrorsKey);
        return own is null ? [.. options.Mirrors] : [.. options.Mirrors.Union(MirrorNames.Parse(own))];
    }

    /// <summary>Every own registration that stands in the pod, each with all its mirrors.</summary>
    internal IReadOnlyList<MirroredRegistration> RegistrationsOf(Pod pod)
    {
        var everywhere = Of(pod.Metadata.Namespace);
        var found = new List<MirroredRegistration>();
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            if (options.TryGetId(key, out var id) && NativeFormat.TryRead(pod, id, value, out _) is { IsOverlay: false } record)
                found.Add(new MirroredRegistration(record, [.. everywhere.Union(record.Mirrors)]));
        }

        return found;
    }
}
