using Gateway.Core.Annotations;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registration;

/// <summary>
/// Reads all watched pods at the API server, page by page, until one holds the registration: an id does not tell its pod, and a replica that
/// lags must not call unknown what another has acknowledged. Dear, so one search runs at a time; only users who name no pod need it.
/// </summary>
public sealed class LivePodSearch(KubernetesApi api, KubernetesOptions kubernetes, AnnotationOptions annotations, PodRecordReader reader) : IPodSearch
{
    private const int PageSize = 500;

    private readonly SemaphoreSlim _one = new(1);

    public async Task<PodName?> FindAsync(string id, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            foreach (var ns in kubernetes.Namespaces.DefaultIfEmpty(""))
            {
                if (await FindInAsync(ns, id, cancel).ConfigureAwait(false) is { } found)
                    return found;
            }

            return null;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<PodName?> FindInAsync(string ns, string id, CancellationToken cancel)
    {
        var next = "";
        do
        {
            var page = await api.ListAsync(
                ResourceTypes.Pods,
                new ListRequest { Namespace = ns, LabelSelector = kubernetes.PodSelector, Limit = PageSize, Continue = next },
                cancel).ConfigureAwait(false);
            foreach (var pod in page.Items)
            {
                if (Holds(pod, id))
                    return new PodName(pod.Metadata.Namespace, pod.Metadata.Name);
            }

            next = page.Continue;
        }
        while (next.Length > 0);
        return null;
    }

    private bool Holds(Pod pod, string id) =>
        pod.Metadata.Annotations.ContainsKey(annotations.KeyOf(id)) ||
        (pod.Metadata.Annotations.Count > 0 && reader.Read(pod).Registrations.Any(record => record.Id == id));
}
