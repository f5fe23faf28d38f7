using System.Text.Json.Nodes;
using Gateway.Emulator.Authorization;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http;

/// <summary>Admission of writes of pods: the pod policy where it is switched on, and admission webhooks that tests arm.</summary>
internal sealed class Admission(EmulatedCluster cluster)
{
    private const string Webhook = "pods.admission.example.com";

    private readonly PodPolicy? _policy = cluster.Options.PodPolicy ? new PodPolicy(cluster.Options.GatewayAccount) : null;

    /// <summary>
    /// Throws if the write is denied; <paramref name="old"/> is null for a creation, <paramref name="next"/> for a deletion.
    /// </summary>
    public void Check(ApiRequest request, string name, JsonObject? old, JsonObject? next)
    {
        if (request.Kind != ResourceKinds.Pods)
            return;
        if (cluster.Faults.DeniesWith(request.Observed) is { } message)
            throw new ApiFailure(403, null, $"admission webhook \"{Webhook}\" denied the request: {message}");
        if (cluster.Faults.TimesOut(request.Observed))
        {
            throw ApiFailure.Internal(
                $"failed calling webhook \"{Webhook}\": failed to call webhook: Post \"https://webhook.default.svc:443/pods?timeout=10s\": context deadline exceeded");
        }
        _policy?.Check(request.User.Name, name, request.Path.Namespace, request.Path.Subresource, old, next);
    }

    /// <summary>Throws if the update is denied. The policy sees which managers it leaves, as on a real server.</summary>
    public void CheckUpdate(ApiRequest request, StoredObject current, JsonObject next, WriteScope scope) =>
        Check(request, current.Name, current.Content,
            _policy is not null && request.Kind == ResourceKinds.Pods ? cluster.Objects.WithManagers(current, next, scope) : next);
}
