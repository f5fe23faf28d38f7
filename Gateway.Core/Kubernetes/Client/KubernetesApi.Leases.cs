using System.Globalization;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Client;

public sealed partial class KubernetesApi
{
    private const string FieldManager = "registry-gateway";

    /// <summary>Null when there is none.</summary>
    public Task<CoordinationLease?> GetLeaseAsync(string ns, string name, CancellationToken cancellationToken) =>
        GetAsync(ResourceTypes.Leases, ns, name, cancellationToken);

    /// <summary>409 <see cref="KubernetesApiException.IsAlreadyExists"/> when another was faster.</summary>
    public Task<CoordinationLease> CreateLeaseAsync(CoordinationLease lease, CancellationToken cancellationToken) =>
        WriteLeaseAsync(HttpMethod.Post, "create", ResourceTypes.Leases.Path(lease.Metadata.Namespace), lease, cancellationToken);

    /// <summary>Replaces the lease that was read: 409 <see cref="KubernetesApiException.IsConflict"/> when it changed since.</summary>
    public Task<CoordinationLease> UpdateLeaseAsync(CoordinationLease lease, CancellationToken cancellationToken) =>
        WriteLeaseAsync(HttpMethod.Put, "update", ResourceTypes.Leases.Path(lease.Metadata.Namespace, lease.Metadata.Name), lease,
            cancellationToken);

    /// <summary>Creates an event that people see in <c>kubectl describe</c>.</summary>
    public Task CreateEventAsync(ClusterEvent clusterEvent, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var body = JsonBody.Write(json =>
        {
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Event");
            json.WriteStartObject("metadata");
            // As client-go names events: unique by the time.
            json.WriteString("name", string.Create(CultureInfo.InvariantCulture, $"{clusterEvent.Regarding.Name}.{now.UtcTicks:x}"));
            json.WriteString("namespace", clusterEvent.Regarding.Namespace);
            json.WriteEndObject();
            json.WriteStartObject("involvedObject");
            json.WriteString("kind", clusterEvent.Regarding.Kind);
            json.WriteString("namespace", clusterEvent.Regarding.Namespace);
            json.WriteString("name", clusterEvent.Regarding.Name);
            if (clusterEvent.Regarding.Uid.Length > 0)
                json.WriteString("uid", clusterEvent.Regarding.Uid);
            json.WriteEndObject();
            json.WriteString("type", clusterEvent.IsWarning ? "Warning" : "Normal");
            json.WriteString("reason", clusterEvent.Reason);
            json.WriteString("message", clusterEvent.Message);
            json.WriteNumber("count", 1);
            json.WriteString("firstTimestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteString("lastTimestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteStartObject("source");
            json.WriteString("component", FieldManager);
            json.WriteEndObject();
        });
        var call = new ApiCall(HttpMethod.Post, "create", "events", $"api/v1/namespaces/{Uri.EscapeDataString(clusterEvent.Regarding.Namespace)}/events")
        {
            Content = body,
            IsWrite = true,
        };
        return ActAsync(call, cancellationToken);
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
