using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>What all slices of one Service that one controller writes have in common.</summary>
internal sealed record SliceTemplate
{
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    public const string HeadlessLabel = "service.kubernetes.io/headless";
    public const string SliceController = "endpointslice-controller.k8s.io";
    public const string MirroringController = "endpointslicemirroring-controller.k8s.io";

    public required string Namespace { get; init; }

    public required string ServiceName { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    public required string OwnerKind { get; init; }

    public required string OwnerUid { get; init; }

    public required int MaxEndpoints { get; init; }

    public static SliceTemplate For(ServiceFacts service)
    {
        var labels = new Dictionary<string, string>(service.Labels, StringComparer.Ordinal);
        labels.Remove(HeadlessLabel);
        if (service.IsHeadless)
        {
            labels[HeadlessLabel] = "";
        }

        labels[ServiceNameLabel] = service.Name;
        labels[ManagedByLabel] = SliceController;
        return new SliceTemplate
        {
            Namespace = service.Namespace,
            ServiceName = service.Name,
            Labels = labels,
            Annotations = new Dictionary<string, string>(),
            OwnerKind = "Service",
            OwnerUid = service.Uid,
            MaxEndpoints = 100,
        };
    }

    public JsonObject NewSlice(EndpointGroup group, IEnumerable<JsonObject> endpoints)
    {
        var metadata = new JsonObject { ["generateName"] = ServiceName + "-", ["namespace"] = Namespace, ["labels"] = Labels.ToJson() };
        if (Annotations.Count > 0)
        {
            metadata["annotations"] = Annotations.ToJson();
        }

        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = OwnerKind,
            ["name"] = ServiceName,
            ["uid"] = OwnerUid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        return new JsonObject
        {
            ["kind"] = "EndpointSlice",
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["metadata"] = metadata,
            ["addressType"] = group.AddressType,
            ["endpoints"] = EndpointsJson(endpoints),
            ["ports"] = new JsonArray([.. group.Ports.Select(static port => port.ToSliceJson())]),
        };
    }

    public JsonObject Changed(JsonObject slice, IEnumerable<JsonObject> endpoints)
    {
        var changed = slice.DeepClone().AsObject();
        changed["endpoints"] = EndpointsJson(endpoints);
        var metadata = changed["metadata"]!.AsObject();
        metadata["labels"] = Labels.ToJson();
        metadata.Remove("annotations");
        if (Annotations.Count > 0)
        {
            metadata["annotations"] = Annotations.ToJson();
        }

        return changed;
    }

    public bool Fits(JsonObject slice)
    {
        var metadata = slice.Object("metadata");
        return metadata.TextMap("labels").SameAs(Labels) && metadata.TextMap("annotations").SameAs(Annotations);
    }

    public bool Owns(JsonObject slice) =>
        slice.Object("metadata").Items("ownerReferences").Any(owner => owner.Text("kind") == OwnerKind && owner.Text("uid") == OwnerUid);

    private static JsonArray EndpointsJson(IEnumerable<JsonObject> endpoints) =>
        [.. endpoints.Select(static endpoint => endpoint.Parent is null ? endpoint : endpoint.DeepClone())];
}
