using System.Net;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;

namespace Gateway.Core.Identity;

/// <summary>The cluster as the informers have it.</summary>
public sealed class ClusterView : IClusterView
{
    private readonly ClusterCache _cache;
    private readonly AnnotationOptions _annotations;
    private readonly LabelSelector _selector;

    public ClusterView(ClusterCache cache, KubernetesOptions kubernetes, AnnotationOptions annotations)
    {
        (_cache, _annotations) = (cache, annotations);
        if (!LabelSelector.TryParse(kubernetes.PodSelector ?? "", out _selector, out var fault))
            throw new ArgumentException($"Kubernetes:PodSelector: {fault}", nameof(kubernetes));
    }

    public bool HasSynced => _cache.HasSynced;

    public Pod? FindPod(string ns, string name) => _cache.FindPod(ns, name);

    public bool FollowsPods(string ns) => _cache.FollowsPods(ns);

    public IReadOnlyCollection<Pod> PodsByAddress(IPAddress address) => _cache.PodsByAddress(address.ToString());

    public Service? FindService(string ns, string name) => _cache.FindService(ns, name);

    public Namespace? FindNamespace(string name) => _cache.FindNamespace(name);

    public NamespacePresence PresenceOf(string ns) => _cache.Namespaces switch
    {
        null or { IsRefused: true } => NamespacePresence.Unknown,
        var watched when watched.Store.Find(new("", ns)) is not null => NamespacePresence.Present,
        { HasSynced: true, IsLost: false } => NamespacePresence.Absent,
        _ => NamespacePresence.NotCaughtUp,
    };

    public string? ZoneOfNode(string node) => _cache.FindNode(node)?.Zone;

    public bool WatchesNamespace(string ns) => _cache.Watches(ns);

    public bool WatchesPod(Pod pod)
    {
        if (!_cache.Watches(pod.Metadata.Namespace))
            return false;
        if (_selector.IsEmpty || _selector.Matches(pod.Metadata.Labels))
            return true;

        // A selector by our own label finds the pod as soon as its registration has set it.
        if (!_annotations.Label)
            return false;
        var labelled = new Dictionary<string, string>(pod.Metadata.Labels, StringComparer.Ordinal) { [_annotations.LabelKey] = "true" };
        return _selector.Matches(labelled);
    }
}
