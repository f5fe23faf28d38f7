using System.Globalization;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using k8s;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

public sealed partial class KubernetesApi
{
    private const string FieldManager = "registry-gateway";

    // The API server's limit for the note of an Event.
    private const int MaxNote = 1024;

    private int _events;

    /// <summary>A consistent read; null when there is none.</summary>
    public async Task<V1Lease?> GetLeaseAsync(string ns, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _clients.CallAsync(
                (api, cancelled) => api.CoordinationV1.ReadNamespacedLeaseAsync(name, ns, cancellationToken: cancelled), cancellationToken);
        }
        catch (KubernetesApiException failure) when (failure.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>409 <see cref="KubernetesApiException.IsAlreadyExists"/> when the lease exists already.</summary>
    public Task<V1Lease> CreateLeaseAsync(V1Lease lease, CancellationToken cancellationToken) => _clients.CallAsync(
        (api, cancelled) => api.CoordinationV1.CreateNamespacedLeaseAsync(Sent(lease), lease.Metadata.NamespaceProperty, cancellationToken: cancelled),
        cancellationToken);

    /// <summary>Replaces the lease that was read: 409 <see cref="KubernetesApiException.IsConflict"/> when it has changed since.</summary>
    public Task<V1Lease> UpdateLeaseAsync(V1Lease lease, CancellationToken cancellationToken) => _clients.CallAsync(
        (api, cancelled) => api.CoordinationV1.ReplaceNamespacedLeaseAsync(
            Sent(lease), lease.Metadata.Name, lease.Metadata.NamespaceProperty, cancellationToken: cancelled),
        cancellationToken);

    /// <summary>Creates an Event; <c>kubectl describe</c> shows it.</summary>
    public async Task CreateEventAsync(ClusterEvent clusterEvent, CancellationToken cancellationToken)
    {
        var (now, regarding) = (_time.GetUtcNow(), clusterEvent.Regarding);
        var created = new Eventsv1Event
        {
            ApiVersion = $"{Eventsv1Event.KubeGroup}/{Eventsv1Event.KubeApiVersion}",
            Kind = Eventsv1Event.KubeKind,
            Metadata = new V1ObjectMeta
            {
                // Named as client-go names events, plus a counter: two events may have the same tick.
                Name = string.Create(CultureInfo.InvariantCulture, $"{regarding.Name}.{now.UtcTicks:x}{Interlocked.Increment(ref _events) & 0xffff:x4}"),
                NamespaceProperty = regarding.Namespace,
            },
            EventTime = now.UtcDateTime,
            ReportingController = FieldManager,
            ReportingInstance = Environment.MachineName,
            Action = clusterEvent.Action,
            Reason = clusterEvent.Reason,
            Note = clusterEvent.Message.Length <= MaxNote ? clusterEvent.Message : clusterEvent.Message[..MaxNote],
            Type = clusterEvent.IsWarning ? "Warning" : "Normal",
            Regarding = new V1ObjectReference
            {
                ApiVersion = "v1",
                Kind = regarding.Kind,
                NamespaceProperty = regarding.Namespace,
                Name = regarding.Name,
                Uid = regarding.Uid.Length > 0 ? regarding.Uid : null,
            },
        };
        await _clients.CallAsync(
            (api, cancelled) => api.EventsV1.CreateNamespacedEventAsync(created, regarding.Namespace, cancellationToken: cancelled), cancellationToken);
    }

    // The API server keeps the managed fields that a writer leaves out.
    private static V1Lease Sent(V1Lease lease) => lease with
    {
        ApiVersion = $"{V1Lease.KubeGroup}/{V1Lease.KubeApiVersion}",
        Kind = V1Lease.KubeKind,
        Metadata = lease.Metadata with { ManagedFields = null },
    };
}

/// <summary>
/// An Event for the cluster's operators (events.k8s.io/v1). The reason is one word in CamelCase, the action says what was done
/// to the object.
/// </summary>
public sealed record ClusterEvent(TargetReference Regarding, string Reason, string Action, string Message, bool IsWarning);
