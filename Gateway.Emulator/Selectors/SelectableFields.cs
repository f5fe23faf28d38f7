using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Selectors;

/// <summary>The fields of each kind that a field selector may name.</summary>
internal static class SelectableFields
{
    private static readonly HashSet<string> Metadata = ["metadata.name", "metadata.namespace"];
    private static readonly HashSet<string> ClusterMetadata = ["metadata.name"];

    private static readonly Dictionary<ResourceKind, HashSet<string>> More = new()
    {
        [ResourceKinds.Pods] =
        [
            .. Metadata, "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName",
        ],
        [ResourceKinds.Nodes] = [.. ClusterMetadata, "spec.unschedulable"],
        [ResourceKinds.Namespaces] = [.. ClusterMetadata, "status.phase"],
        [ResourceKinds.Services] = [.. Metadata, "spec.clusterIP", "spec.type"],
        [ResourceKinds.Events] =
        [
            .. Metadata, "reason", "type", "reportingController", "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid",
            "regarding.apiVersion", "regarding.resourceVersion", "regarding.fieldPath",
        ],
    };

    public static HashSet<string> Of(ResourceKind kind) =>
        More.TryGetValue(kind, out var fields) ? fields : kind.Namespaced ? Metadata : ClusterMetadata;
}
