using System.Collections.Concurrent;
using System.Net;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Identity;

/// <summary>What one replica has seen, as the test lets it see.</summary>
internal sealed class MemoryClusterView : IClusterView
{
    public ConcurrentDictionary<ObjectKey, Pod> Pods { get; } = new();
    public ConcurrentDictionary<ObjectKey, Service> Services { get; } = new();
    public ConcurrentDictionary<string, Namespace> Namespaces { get; } = new();
    public HashSet<string> Unwatched { get; } = [];
    public Func<Pod, bool> Selects { get; set; } = static _ => true;

    public bool HasSynced { get; set; } = true;

    public void See(params Pod[] pods)
    {
        foreach (var pod in pods)
            Pods[pod.Metadata.Key] = pod;
    }

    /// <summary>False: the watch of pods is lost.</summary>
    public bool IsFollowing { get; set; } = true;

    public bool FollowsPods(string ns) => IsFollowing;

    public Pod? FindPod(string ns, string name) => Pods.GetValueOrDefault(new(ns, name));

    public IReadOnlyCollection<Pod> PodsByAddress(IPAddress address) =>
        [.. Pods.Values.Where(pod => pod.PodIPs.Contains(address.ToString()))];

    public Service? FindService(string ns, string name) => Services.GetValueOrDefault(new(ns, name));

    public Namespace? FindNamespace(string name) => Namespaces.GetValueOrDefault(name);

    public NamespacePresence PresenceOf(string ns) => Namespaces.ContainsKey(ns) ? NamespacePresence.Present : NamespacePresence.Unknown;

    public string? ZoneOfNode(string node) => null;

    public bool WatchesNamespace(string ns) => !Unwatched.Contains(ns);

    public bool WatchesPod(Pod pod) => WatchesNamespace(pod.Metadata.Namespace) && Selects(pod);
}
