using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// Gives every namespace a service account <c>default</c>, and removes the objects of deleted namespaces. Called by its loop alone.
/// </summary>
internal sealed class NamespaceController(ObjectStorage storage, ObjectWriter writer) : IControlled
{
    private readonly KeyQueue _namespaces = new();

    public IReadOnlyList<ResourceKind> Kinds { get; } = [ResourceKinds.Namespaces, ResourceKinds.ServiceAccounts];

    public void Reset() => _namespaces.Clear();

    public void Record(ChangeType type, StoredObject current)
    {
        if (current.Kind == ResourceKinds.Namespaces)
        {
            _namespaces.Add(current.Key);
        }
        else if (type == ChangeType.Deleted)
        {
            _namespaces.Add(new ObjectKey("", current.Namespace));
        }
    }

    public bool WorkOnce()
    {
        if (!_namespaces.TryTake(out var key))
        {
            return false;
        }

        if (storage.Get(ResourceKinds.Namespaces, key) is null)
        {
            RemoveContent(key.Name);
        }
        else if (storage.Get(ResourceKinds.ServiceAccounts, key.Name, "default") is null)
        {
            var metadata = new JsonObject { ["name"] = "default", ["namespace"] = key.Name };
            writer.Create(ResourceKinds.ServiceAccounts, new JsonObject { ["metadata"] = metadata }, "kube-controller-manager");
        }

        return true;
    }

    private void RemoveContent(string ns)
    {
        foreach (var item in ResourceKinds.All.Where(static kind => kind.Namespaced).SelectMany(kind => storage.List(kind).In(ns)).ToList())
        {
            writer.Remove(item.Kind, item.Namespace, item.Name);
        }
    }
}
