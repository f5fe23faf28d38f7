using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Writing;

/// <summary>
/// Writes objects in process as the API server would on behalf of a client: names, uids, times, defaults, generations; what would change
/// nothing is not written. Used by the HTTP verbs and by controllers alike.
/// </summary>
public sealed class ObjectWriter(ObjectStorage storage, TimeProvider time)
{
    /// <summary>The time as Kubernetes writes it, in whole seconds.</summary>
    public string Now => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Creates an object from a manifest (the tree is taken over); null when there is one of that name.</summary>
    public StoredObject? Create(ResourceKind kind, JsonObject content, string manager = "emulator")
    {
        var metadata = content["metadata"] as JsonObject ?? [];
        content["metadata"] = metadata;
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Now;
        if (kind.HasGeneration)
            metadata["generation"] = 1;
        return storage.Create(kind, content);
    }

    /// <summary>
    /// Reads, changes and writes until no one else wrote in between. Returns what is stored then (the unchanged object when the change made
    /// no difference), or null when there is no such object.
    /// </summary>
    public StoredObject? Change(
        ResourceKind kind, string ns, string name, Action<JsonObject> change, string? subresource = null, string manager = "emulator")
    {
        while (storage.Get(kind, ns, name) is { } current)
        {
            var content = current.Copy();
            change(content);
            if (JsonNode.DeepEquals(content, current.Content))
                return current;
            if (storage.Update(kind, content, current.Version, out var stored) == WriteOutcome.Written)
                return stored;
        }
        return null;
    }

    /// <summary>Removes the object at once, as a deletion with grace period 0 does; false when there is none.</summary>
    public bool Remove(ResourceKind kind, string ns, string name) =>
        storage.Delete(kind, new ObjectKey(ns, name), null, out _) == WriteOutcome.Written;

    internal void CreateSystemNamespaces()
    {
        foreach (var name in (string[])["default", "kube-node-lease", "kube-public", "kube-system"])
            Create(ResourceKinds.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
    }
}
