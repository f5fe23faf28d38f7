using System.Globalization;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

public sealed partial class KubernetesApi
{
    private const string FieldManager = "registry-gateway";

    // The API server's limit for the note of an Event.
    private const int MaxNote = 1024;

    private int _events;

    /// <summary>Null when there is none.</summary>
    public Task<CoordinationLease?> GetLeaseAsync(string ns, string name, CancellationToken cancellationToken) =>
        GetAsync(ResourceTypes.Leases, ns, name, cancellationToken);

    /// <summary>409 <see cref="KubernetesApiException.IsAlreadyExists"/> when the lease exists already.</summary>
    public Task<CoordinationLease> CreateLeaseAsync(CoordinationLease lease, CancellationToken cancellationToken) =>
        WriteLeaseAsync(HttpMethod.Post, "create", ResourceTypes.Leases.Path(lease.Metadata.Namespace), lease, cancellationToken);

    /// <summary>Replaces the lease that was read: 409 <see cref="KubernetesApiException.IsConflict"/> when it has changed since.</summary>
    public Task<CoordinationLease> UpdateLeaseAsync(CoordinationLease lease, CancellationToken cancellationToken) =>
        WriteLeaseAsync(HttpMethod.Put, "update", ResourceTypes.Leases.Path(lease.Metadata.Namespace, lease.Metadata.Name), lease,
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

    private Task<CoordinationLease> WriteLeaseAsync(HttpMethod method, string verb, string path, CoordinationLease lease,
        CancellationToken cancellationToken)
    {
        var body = JsonBody.Write(json =>
        {
            json.WriteString("apiVersion", "coordination.k8s.io/v1");
            json.WriteString("kind", "Lease");
            json.WriteStartObject("metadata");
            json.WriteString("name", lease.Metadata.Name);
            json.WriteString("namespace", lease.Metadata.Namespace);
            if (method == HttpMethod.Put)
                json.WriteString("resourceVersion", lease.Metadata.Version.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteStartObject("spec");
            if (lease.HolderIdentity is not null)
                json.WriteString("holderIdentity", lease.HolderIdentity);
            if (lease.LeaseDurationSeconds is { } duration)
                json.WriteNumber("leaseDurationSeconds", duration);
            json.WriteNumber("leaseTransitions", lease.LeaseTransitions);
            json.WriteMicroTime("acquireTime", lease.AcquireTime);
            json.WriteMicroTime("renewTime", lease.RenewTime);
            json.WriteEndObject();
        });
        return ActAsync(new ApiCall(method, verb, ResourceTypes.Leases.Plural, path) { Content = body, IsWrite = true }, ResourceTypes.Leases,
            cancellationToken);
    }
}

/// <summary>
/// An Event for the cluster's operators (events.k8s.io/v1). The reason is one word in CamelCase, the action says what was done
/// to the object.
/// </summary>
public sealed record ClusterEvent(TargetReference Regarding, string Reason, string Action, string Message, bool IsWarning);
