using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Removes everything that the gateway wrote from the cluster: keys of registrations, the label, and its records among the mirrors. What others
/// wrote is kept, and so is the <c>declare</c> annotation of a pod template, which its author removes. Nothing is cached; running it again is safe.
/// </summary>
/// <param name="api">Must keep every annotation of the pods it reads.</param>
public sealed class ClusterCleanup(KubernetesApi api, AnnotationOptions options)
{
    // A page of 500 pods is a few megabytes.
    private const int PageSize = 500;
    private const int Attempts = 5;

    /// <param name="namespaces">Empty is the whole cluster.</param>
    public async Task<CleanupReport> RunAsync(IReadOnlyCollection<string> namespaces, CancellationToken cancellationToken)
    {
        var (seen, changed) = (0, 0);
        var failed = new List<string>();
        foreach (var ns in namespaces.Count == 0 ? [""] : namespaces)
        {
            foreach (var pod in await ListAsync(ns, cancellationToken))
            {
                seen++;
                try
                {
                    if (await CleanAsync(pod, cancellationToken))
                        changed++;
                }
                catch (KubernetesApiException failure)
                {
                    failed.Add($"{pod.Metadata.Key}: {failure.Message}");
                }
            }
        }

        return new(seen, changed, failed);
    }

    private async Task<List<Pod>> ListAsync(string ns, CancellationToken cancellationToken)
    {
        var request = new ListRequest { Namespace = ns, Limit = PageSize };
        var pods = new List<Pod>();
        while (true)
        {
            var page = await api.ListAsync(ResourceTypes.Pods, request, cancellationToken);
            pods.AddRange(page.Items);
            if (page.Continue.Length == 0)
                return pods;
            request = request with { Continue = page.Continue };
        }
    }

    private async Task<bool> CleanAsync(Pod? pod, CancellationToken cancellationToken)
    {
        for (var attempt = 1; pod is not null; attempt++)
        {
            var patch = Plan(pod);
            if (patch.IsEmpty)
                return false;
            try
            {
                await api.PatchPodAsync(pod.Metadata.Namespace, pod.Metadata.Name, patch.ToJson(), dryRun: false, cancellationToken);
                return true;
            }
            catch (KubernetesApiException failure) when (failure.IsNotFound || failure.IsWrongUid)
            {
                return false; // The pod was deleted, and its annotations with it.
            }
            catch (KubernetesApiException failure) when (failure.IsConflict && attempt < Attempts)
            {
                pod = await api.GetPodAsync(pod.Metadata.Namespace, pod.Metadata.Name, cancellationToken);
            }
        }

        return false;
    }

    private PodPatch Plan(Pod pod)
    {
        var annotations = pod.Metadata.Annotations.Keys.Where(key => options.TryGetId(key, out _)).ToDictionary(static key => key, static _ => (string?)null);
        var labels = new Dictionary<string, string?>();
        if (pod.Metadata.Labels.ContainsKey(options.LabelKey))
            labels[options.LabelKey] = null;
        foreach (var mirror in MirrorFormats.All)
        {
            // No registrations: each format returns what is left without the gateway's records. Two that share a key return the same.
            var plan = mirror.Plan(pod, []);
            if (plan.ChangesAnnotation)
                annotations[plan.AnnotationKey] = plan.AnnotationValue;
            if (plan is { ChangesLabel: true, LabelKey: { } label })
                labels[label] = plan.LabelValue;
        }

        return new() { Uid = pod.Metadata.Uid, Version = pod.Metadata.Version, Annotations = annotations, Labels = labels };
    }
}

/// <summary>The result of a cleanup, in pods.</summary>
/// <param name="Seen">All pods that were read.</param>
/// <param name="Changed">Pods from which something was removed.</param>
/// <param name="Failed">Pods that could not be changed, each with the reason.</param>
public sealed record CleanupReport(int Seen, int Changed, IReadOnlyList<string> Failed);
