using System.Net;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Identity;

/// <summary>
/// The cluster as this replica last saw it, possibly a moment behind: sufficient to recognise a caller and to know the names of Services, but
/// never to decide the answer to a write.
/// </summary>
public interface IClusterView
{
    /// <summary>Every required kind was listed at least once in this process.</summary>
    bool HasSynced { get; }

    Pod? FindPod(string ns, string name);

    /// <summary>The pods of this namespace are being watched now: <see cref="FindPod"/> is behind the API server by a watch's delay, not by an outage.</summary>
    bool FollowsPods(string ns);

    IReadOnlyCollection<Pod> PodsByAddress(IPAddress address);

    Service? FindService(string ns, string name);

    Namespace? FindNamespace(string name);

    /// <summary>Whether the cluster has this namespace, as far as this replica can tell.</summary>
    NamespacePresence PresenceOf(string ns);

    /// <summary>The zone label of a node; null where nodes cannot be read.</summary>
    string? ZoneOfNode(string node);

    bool WatchesNamespace(string ns);

    /// <summary>The pod, as it is labelled, is one of those that are watched.</summary>
    bool WatchesPod(Pod pod);
}

/// <summary>Whether the cluster has a namespace.</summary>
public enum NamespacePresence
{
    Present,

    /// <summary>The namespaces are watched, and it is none of them.</summary>
    Absent,

    /// <summary>The namespaces are watched, but the watch is lost or has not begun: it may be new.</summary>
    NotCaughtUp,

    /// <summary>Namespaces cannot be watched.</summary>
    Unknown,
}
