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
    public Task CreateEventAsync(ClusterEvent clusterEvent, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var body = JsonBody.Write(json =>
        {
            json.WriteString("apiVersion", "events.k8s.io/v1");
            json.WriteString("kind", "Event");
            json.WriteStartObject("metadata");
            // Named as client-go names events, plus a counter: two events may have the same tick.
            json.WriteString("name", string.Create(
                CultureInfo.InvariantCulture, $"{clusterEvent.Regarding.Name}.{now.UtcTicks:x}{Interlocked.Increment(ref _events) & 0xffff:x4}"));
            json.WriteString("namespace", clusterEvent.Regarding.Namespace);
            json.WriteEndObject();
            json.WriteMicroTime("eventTime", now);
            json.WriteString("reportingController", FieldManager);
            json.WriteString("reportingInstance", Environment.MachineName);
            json.WriteString("action", clusterEvent.Action);
            json.WriteString("reason", clusterEvent.Reason);
            json.WriteString("note", clusterEvent.Message.Length <= MaxNote ? clusterEvent.Message : clusterEvent.Message[..MaxNote]);
            json.WriteString("type", clusterEvent.IsWarning ? "Warning" : "Normal");
            json.WriteStartObject("regarding");
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", clusterEvent.Regarding.Kind);
            json.WriteString("namespace", clusterEvent.Regarding.Namespace);
            json.WriteString("name", clusterEvent.Regarding.Name);
            if (clusterEvent.Regarding.Uid.Length > 0)
                json.WriteString("uid", clusterEvent.Regarding.Uid);
            json.WriteEndObject();
        });
        var path = ResourcePath.InNamespace("apis/events.k8s.io/v1", clusterEvent.Regarding.Namespace, "events");
        return _clients.ActAsync(new ApiCall(HttpMethod.Post, "create", "events", path) { Content = body, IsWrite = true }, MaxObjectBytes, cancellationToken);
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
