using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// Maintains the Endpoints object and the slices of every Service: kube-controller-manager's endpoints, endpoint slice and endpoint slice
/// mirroring controllers in one. Its index is written and read by its loop alone.
/// </summary>
internal sealed class EndpointController(ObjectStorage storage, ObjectWriter writer) : IControlled
{
    private const string Manager = "kube-controller-manager";
    private const string OverCapacity = "endpoints.kubernetes.io/over-capacity";

    private readonly ClusterIndex _index = new();
    private readonly SliceIndex _slices = new();
    private readonly KeyQueue _services = new();

    /// <summary>
    /// Versions of this controller's own writes whose change has not arrived yet: such a change is no reason to sync the Service again.
    /// </summary>
    private readonly HashSet<long> _ownVersions = [];

    private long _newestOwn;

    public IReadOnlyList<ResourceKind> Kinds { get; } =
        [ResourceKinds.Nodes, ResourceKinds.Services, ResourceKinds.Pods, ResourceKinds.Endpoints, ResourceKinds.EndpointSlices];

    public void Reset()
    {
        _index.Clear();
        _slices.Clear();
        _services.Clear();
        _ownVersions.Clear();
        _newestOwn = 0;
    }

    public void Record(ChangeType type, StoredObject current)
    {
        var isThere = type != ChangeType.Deleted;
        var key = current.Key;
        if (current.Kind == ResourceKinds.Pods)
        {
            _services.AddRange(_index.SetPod(key, isThere ? PodFacts.Read(current.Content) : null));
        }
        else if (current.Kind == ResourceKinds.Services)
        {
            _index.SetService(key, isThere ? ServiceFacts.Read(current.Content) : null);
            _services.Add(key);
        }
        else if (current.Kind == ResourceKinds.Nodes)
        {
            current.Labels.TryGetValue("topology.kubernetes.io/zone", out var zone);
            _services.AddRange(_index.SetNode(key.Name, isThere, zone));
        }
        else if (current.Kind == ResourceKinds.EndpointSlices)
        {
            var touched = _slices.Set(key, isThere ? current : null);
            if (!_ownVersions.Remove(current.Version))
            {
                _services.AddRange(touched);
            }
        }
        else if (!_ownVersions.Remove(current.Version))
        {
            _services.Add(key);
        }
    }

    public bool WorkOnce()
    {
        if (!_services.TryTake(out var key))
        {
            return false;
        }

        var service = _index.Service(key);
        SyncDerived(key, service);
        SyncMirrored(key, service);
        return true;
    }

    private void SyncDerived(ObjectKey key, ServiceFacts? service)
    {
        var slices = _slices.Of(key).Where(static slice => IsManagedBy(slice, SliceTemplate.SliceController));
        if (service is null)
        {
            foreach (var slice in slices.ToList())
            {
                Remove(ResourceKinds.EndpointSlices, key.Namespace, NameOf(slice));
            }

            // The endpoints controller removes them by name, even those that a user wrote.
            Remove(ResourceKinds.Endpoints, key.Namespace, key.Name);
            return;
        }

        // A Service that lost its selector keeps its endpoints: from then on users maintain them.
        if (!service.HasDerivedEndpoints || service.IsTerminating)
        {
            return;
        }

        var pods = _index.PodsOf(service);
        List<string> addressTypes = [.. service.Families.Select(SliceProjection.AddressTypeOf).Distinct()];
        WriteSlices(SliceReconciler.Plan(SliceTemplate.For(service), SliceProjection.Project(service, pods, _index.Zones), slices, addressTypes));
        WriteEndpoints(service, pods);
    }

    private void SyncMirrored(ObjectKey key, ServiceFacts? service)
    {
        var slices = _slices.Of(key).Where(static slice => IsManagedBy(slice, SliceTemplate.MirroringController));
        var endpoints = storage.Get(ResourceKinds.Endpoints, key)?.Content;
        if (!MirrorProjection.IsWanted(service, endpoints))
        {
            foreach (var slice in slices.ToList())
            {
                Remove(ResourceKinds.EndpointSlices, key.Namespace, NameOf(slice));
            }

            return;
        }

        var groups = MirrorProjection.Project(endpoints!);
        WriteSlices(SliceReconciler.Plan(MirrorProjection.TemplateFor(endpoints!), groups, slices, [.. groups.Select(static group => group.AddressType).Distinct()]));
    }

    private void WriteSlices(SlicePlan plan)
    {
        foreach (var slice in plan.Create)
        {
            RecordOwnWrite(writer.Create(ResourceKinds.EndpointSlices, slice, Manager));
        }

        foreach (var slice in plan.Update)
        {
            RecordOwnWrite(writer.Change(ResourceKinds.EndpointSlices, NamespaceOf(slice), NameOf(slice), current => Overwrite(current, slice), manager: Manager));
        }

        foreach (var slice in plan.Delete)
        {
            Remove(ResourceKinds.EndpointSlices, NamespaceOf(slice), NameOf(slice));
        }
    }

    private static void Overwrite(JsonObject current, JsonObject wanted)
    {
        foreach (var field in (string[])["endpoints", "ports"])
        {
            current[field] = wanted[field]?.DeepClone();
        }

        foreach (var field in (string[])["labels", "annotations"])
        {
            current["metadata"]!.AsObject().Remove(field);
            if (wanted["metadata"]![field] is { } value)
            {
                current["metadata"]![field] = value.DeepClone();
            }
        }
    }

    private void WriteEndpoints(ServiceFacts service, List<PodFacts> pods)
    {
        var (subsets, isTruncated) = SubsetProjection.Project(service, pods);
        var labels = new Dictionary<string, string>(service.Labels, StringComparer.Ordinal);
        labels.Remove(SliceTemplate.HeadlessLabel);
        if (service.IsHeadless)
        {
            labels[SliceTemplate.HeadlessLabel] = "";
        }

        labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
        if (storage.Get(ResourceKinds.Endpoints, service.Namespace, service.Name) is null)
        {
            var endpoints = new JsonObject { ["metadata"] = new JsonObject { ["name"] = service.Name, ["namespace"] = service.Namespace } };
            Fill(endpoints);
            RecordOwnWrite(writer.Create(ResourceKinds.Endpoints, endpoints, Manager));
            return;
        }

        RecordOwnWrite(writer.Change(ResourceKinds.Endpoints, service.Namespace, service.Name, Fill, manager: Manager));

        void Fill(JsonObject endpoints)
        {
            var metadata = endpoints["metadata"]!.AsObject();
            metadata["labels"] = labels.ToJson();
            var annotations = metadata.Object("annotations") ?? [];
            annotations.Remove(OverCapacity);
            if (isTruncated)
            {
                annotations[OverCapacity] = "truncated";
            }

            metadata.Remove("annotations");
            if (annotations.Count > 0)
            {
                metadata["annotations"] = annotations;
            }

            endpoints.Remove("subsets");
            if (subsets is not null)
            {
                endpoints["subsets"] = subsets.DeepClone();
            }
        }
    }

    private void Remove(ResourceKind kind, string ns, string name)
    {
        if (storage.Delete(kind, new ObjectKey(ns, name), null, out var removed) == WriteOutcome.Written)
        {
            RecordOwnWrite(removed);
        }
    }

    /// <summary>
    /// A write that changed nothing returns an old version, whose change has arrived already: only newer versions are recorded.
    /// </summary>
    private void RecordOwnWrite(StoredObject? written)
    {
        if (written is not null && written.Version > _newestOwn)
        {
            _newestOwn = written.Version;
            _ownVersions.Add(written.Version);
        }
    }

    private static bool IsManagedBy(JsonObject slice, string controller) =>
        slice.Object("metadata").Object("labels").Text(SliceTemplate.ManagedByLabel) == controller;

    private static string NameOf(JsonObject item) => item.Object("metadata").Text("name") ?? "";

    private static string NamespaceOf(JsonObject item) => item.Object("metadata").Text("namespace") ?? "";
}
