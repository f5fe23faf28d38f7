using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Defaulting;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Writing;

/// <summary>
/// Writes objects in process as the API server does for a client: names, uids, times, defaults, generations; a write without a difference
/// is skipped. Used by the HTTP verbs, which validate first, and by controllers and tests, which are trusted.
/// </summary>
public sealed class ObjectWriter(ObjectStorage storage, TimeProvider time)
{
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly string[] Kept =
    [
        "creationTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion", "selfLink",
    ];

    private readonly ServiceAddresses _addresses = new();

    /// <summary>The current time in the format of Kubernetes, in whole seconds.</summary>
    public string Now => Format(time.GetUtcNow());

    /// <summary>Creates an object from a manifest (takes ownership of the tree); null when the name is taken.</summary>
    public StoredObject? Create(ResourceKind kind, JsonObject content, string manager = "emulator") =>
        Create(kind, content, new WriteScope(manager));

    /// <summary>
    /// Reads, changes and writes, and starts again if another writer was faster. Returns what is stored then (the unchanged object if the
    /// change made no difference), or null if the object does not exist.
    /// </summary>
    public StoredObject? Change(
        ResourceKind kind, string ns, string name, Action<JsonObject> change, string? subresource = null, string manager = "emulator")
    {
        var scope = new WriteScope(manager, subresource);
        while (storage.Get(kind, ns, name) is { } current)
        {
            var next = current.Copy();
            change(next);
            if (TryReplace(current, next, scope) is { } stored)
                return stored;
        }
        return null;
    }

    /// <summary>Removes the object at once, as a deletion with grace period 0 does; false when there is none.</summary>
    public bool Remove(ResourceKind kind, string ns, string name) =>
        storage.Delete(kind, new ObjectKey(ns, name), null, out _) == WriteOutcome.Written;

    internal static string Format(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    internal StoredObject? Create(ResourceKind kind, JsonObject content, WriteScope scope)
    {
        Complete(kind, content);
        return Store(kind, content, scope);
    }

    /// <summary>Sets everything in a manifest that the server sets: name, uid, time, generation, defaults.</summary>
    internal void Complete(ResourceKind kind, JsonObject content)
    {
        var metadata = content.Child("metadata");
        if (string.IsNullOrEmpty((string?)metadata["name"]) && (string?)metadata["generateName"] is { Length: > 0 } prefix)
            metadata["name"] = GenerateName(prefix);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Now;
        foreach (var name in (string[])["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "selfLink"])
            metadata.Remove(name);
        if (kind.HasGeneration)
            metadata["generation"] = 1;
        Defaults.Apply(kind, content, _addresses);
    }

    internal StoredObject? Store(ResourceKind kind, JsonObject content, WriteScope scope)
    {
        FieldOwnership.Record(kind, null, content, scope, Now);
        if (!scope.DryRun)
            return storage.Create(kind, content);
        var metadata = content["metadata"]!.AsObject();
        var exists = storage.Get(kind, (string?)metadata["namespace"] ?? "", (string)metadata["name"]!) is not null;
        return exists ? null : StoredObject.From(kind, content, storage.Version);
    }

    /// <summary>
    /// Prepares an update for validation: restores immutable fields and sets defaults, since a patch may add containers or ports.
    /// </summary>
    internal void Complete(StoredObject current, JsonObject next, string? subresource)
    {
        KeepServerFields(current.Content, next, subresource);
        if (subresource is null && current.Kind.HasStatus)
            Carry(current.Content, next, "status");
        Defaults.Apply(current.Kind, next, _addresses);
    }

    /// <summary>
    /// Replaces exactly this version with the new content (takes ownership of the tree); null when another client wrote in between.
    /// </summary>
    internal StoredObject? TryReplace(StoredObject current, JsonObject next, WriteScope scope)
    {
        var old = current.Content;
        Defaults.Apply(current.Kind, next, _addresses);
        if (IsSame(old, next))
            return current;
        if (current.Kind.HasGeneration && SpecChanged(old, next))
            next["metadata"]!["generation"] = ((long?)old["metadata"]!["generation"] ?? 0) + 1;
        FieldOwnership.Record(current.Kind, old, next, scope, Now);
        if (scope.DryRun)
            return StoredObject.From(current.Kind, next, current.Version);
        return storage.Update(current.Kind, next, current.Version, out var stored) == WriteOutcome.Written ? stored : null;
    }

    /// <summary>The new content as admission sees it: with its managers, and not stored.</summary>
    internal JsonObject WithManagers(StoredObject current, JsonObject next, WriteScope scope)
    {
        var copy = (JsonObject)next.DeepClone();
        if (!IsSame(current.Content, copy))
            FieldOwnership.Record(current.Kind, current.Content, copy, scope, Now);
        return copy;
    }

    internal void CreateSystemNamespaces()
    {
        foreach (var name in (string[])["default", "kube-node-lease", "kube-public", "kube-system"])
            Create(ResourceKinds.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
    }

    // Fields that a client cannot change keep their values silently, and each of the two subresources ignores changes of the other's part.
    private static void KeepServerFields(JsonObject old, JsonObject next, string? subresource)
    {
        var before = old["metadata"]!.AsObject();
        var after = next.Child("metadata");
        foreach (var name in Kept)
            Carry(before, after, name);
        if (subresource is not null || !FieldOwnership.Replaces(after["managedFields"]))
            Carry(before, after, "managedFields");
        foreach (var name in (string[])["uid", "name", "namespace"])
        {
            if (string.IsNullOrEmpty((string?)after[name]))
                Carry(before, after, name);
        }

        // A deletion cannot be undone; a deletionTimestamp that a client sets is left to validation.
        if (before["deletionTimestamp"] is not null)
            Carry(before, after, "deletionTimestamp");
        if (subresource == "status")
        {
            foreach (var name in old.Select(static member => member.Key).Concat(next.Select(static member => member.Key)).Distinct().ToList())
            {
                if (name is not ("status" or "metadata" or "kind" or "apiVersion"))
                    Carry(old, next, name);
            }
        }
    }

    internal static void Carry(JsonObject from, JsonObject to, string name)
    {
        if (from[name] is { } value)
        {
            if (!JsonNode.DeepEquals(to[name], value))
                to[name] = value.DeepClone();
        }
        else
        {
            to.Remove(name);
        }
    }

    private static bool IsSame(JsonObject old, JsonObject next)
    {
        RemoveEmpty(next["metadata"]!.AsObject());
        return JsonNode.DeepEquals(old, next);
    }

    private static void RemoveEmpty(JsonObject metadata)
    {
        foreach (var (name, value) in metadata.ToArray())
        {
            if (value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 })
                metadata.Remove(name);
        }
    }

    private static bool SpecChanged(JsonObject old, JsonObject next) =>
        old.Select(static member => member.Key).Concat(next.Select(static member => member.Key)).Distinct()
            .Any(name => name is not ("metadata" or "status") && !JsonNode.DeepEquals(old[name], next[name]));

    private static string GenerateName(string prefix) =>
        (prefix.Length > 58 ? prefix[..58] : prefix) + string.Concat(Random.Shared.GetItems<char>(NameAlphabet, 5));
}
