using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Writing;

/// <summary>
/// Maintains <c>metadata.managedFields</c>: each manager owns the fields that it was the last to change; removed fields have no owner. An
/// approximation of structured-merge-diff: no conflicts, no apply.
/// </summary>
internal static class FieldOwnership
{
    // As in apimachinery's capmanagers.go: beyond so many managers that update, the fields of the oldest go to one bucket.
    private const int MaxUpdateManagers = 10;
    private const string Bucket = "ancient-changes";

    private static readonly HashSet<string> Unowned =
    [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "managedFields", "selfLink",
    ];

    /// <summary>Records in the new content which fields the writer changed of the old one (null: the object is new).</summary>
    public static void Record(ResourceKind kind, JsonObject? old, JsonObject next, WriteScope scope, string now)
    {
        var type = FieldTable.Of(kind);
        var metadata = next["metadata"]!.AsObject();
        var entries = metadata["managedFields"] is JsonArray given && !IsReset(given) ? given : [];
        metadata.Remove("managedFields");

        // The status of a new object, if any, was set by the server and has no owner.
        var changed = Changed(old, next, type, old is null ? "status" : null);
        var rest = new JsonArray();
        JsonObject? own = null;
        foreach (var entry in entries.OfType<JsonObject>().ToList())
        {
            if (entry["fieldsV1"] is not JsonObject fields)
                continue;
            entries.Remove(entry);
            Prune(fields, next, type);
            var isWriter = (string?)entry["manager"] == scope.Manager && (string?)entry["subresource"] == scope.Subresource;
            if (!isWriter)
                Subtract(fields, changed);
            if (isWriter)
                own = entry;
            else if (fields.Count > 0)
                rest.Add(entry);
        }
        if (changed.Count > 0 || own is not null)
            rest.Add(Entry(kind, own, changed, scope, now));
        CapManagers(rest);
        if (rest.Count > 0)
            metadata["managedFields"] = rest;
    }

    /// <summary>Whether a client's entries replace those of the object: <c>[{}]</c> removes all; none, or what cannot be read, leaves them.</summary>
    public static bool Replaces(JsonNode? sent) => sent is JsonArray { Count: > 0 } entries
        && (IsReset(entries) || entries.All(static entry => entry is JsonObject one && one["fieldsV1"] is JsonObject));

    private static bool IsReset(JsonArray entries) => entries is [JsonObject { Count: 0 }];

    private static void CapManagers(JsonArray entries)
    {
        var updates = entries.OfType<JsonObject>().Where(static entry => (string?)entry["operation"] == "Update" && entry["subresource"] is null)
            .OrderBy(static entry => (string?)entry["time"], StringComparer.Ordinal).ToList();
        if (updates.Count <= MaxUpdateManagers)
            return;
        var bucket = updates.FirstOrDefault(static entry => (string?)entry["manager"] == Bucket);
        foreach (var oldest in updates.Where(entry => entry != bucket).Take(updates.Count - MaxUpdateManagers + (bucket is null ? 1 : 0)).ToList())
        {
            if (bucket is null)
            {
                bucket = oldest;
                bucket["manager"] = Bucket;
                continue;
            }

            Unite(bucket["fieldsV1"]!.AsObject(), oldest["fieldsV1"]!.AsObject());
            bucket["time"] = oldest["time"]?.DeepClone();
            entries.Remove(oldest);
        }
    }

    private static JsonObject Entry(ResourceKind kind, JsonObject? own, JsonObject changed, WriteScope scope, string now)
    {
        var fields = own?["fieldsV1"]?.DeepClone() as JsonObject ?? [];
        Unite(fields, changed);
        var entry = new JsonObject
        {
            ["manager"] = scope.Manager,
            ["operation"] = "Update",
            ["apiVersion"] = kind.ApiVersion,
            ["time"] = changed.Count > 0 ? now : own?["time"]?.DeepClone() ?? now,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = fields,
        };
        if (scope.Subresource is not null)
            entry["subresource"] = scope.Subresource;
        return entry;
    }

    private static JsonObject Changed(JsonObject? old, JsonObject next, FieldType? type, string? except)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in next)
        {
            if (value is null || name == except || (type?.Name == "ObjectMeta" && Unowned.Contains(name)) || IsTypeMember(name, type))
                continue;
            var before = old?[name];
            if (before is not null && JsonNode.DeepEquals(before, value))
                continue;
            var field = type?.Find(name);
            var below = value switch
            {
                JsonObject child when field?.Type.Shape is FieldShape.Object or FieldShape.Map =>
                    Changed(before as JsonObject, child, field.Type.Shape == FieldShape.Object ? field.Type : null, null),
                JsonArray list when field?.MergeKey is { Length: > 0 } key => ChangedItems(before as JsonArray, list, key, field.Type.Element),
                _ => new JsonObject(),
            };
            if (value is JsonObject { Count: > 0 } && below.Count == 0)
                continue;
            fields["f:" + name] = below;
        }
        return fields;
    }

    private static bool IsTypeMember(string name, FieldType? type) => name is "kind" or "apiVersion" && type?.Find("metadata") is not null;

    private static JsonObject ChangedItems(JsonArray? old, JsonArray next, string key, FieldType? element)
    {
        var fields = new JsonObject();
        foreach (var item in next.OfType<JsonObject>())
        {
            var name = ItemKey(item, key);
            var before = old?.OfType<JsonObject>().FirstOrDefault(one => ItemKey(one, key) == name);
            if (before is not null && JsonNode.DeepEquals(before, item))
                continue;
            var below = Changed(before, item, element, null);
            if (before is null)
                below.Insert(0, ".", new JsonObject());
            fields["k:" + name] = below;
        }
        return fields;
    }

    private static string ItemKey(JsonObject item, string key)
    {
        var name = new JsonObject { [key] = item[key]?.DeepClone() };
        if (key is "containerPort" or "port")
            name["protocol"] = item["protocol"]?.DeepClone();
        return name.ToJsonString(RelaxedText);
    }

    private static readonly System.Text.Json.JsonSerializerOptions RelaxedText = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static void Unite(JsonObject fields, JsonObject more)
    {
        foreach (var (name, value) in more)
        {
            if (fields[name] is JsonObject old)
                Unite(old, value!.AsObject());
            else
                fields[name] = value!.DeepClone();
        }
    }

    /// <summary>Who changes a field takes it from its former owners.</summary>
    private static void Subtract(JsonObject fields, JsonObject taken)
    {
        foreach (var (name, below) in taken)
        {
            if (name == "." || fields[name] is not JsonObject mine)
                continue;
            Subtract(mine, below!.AsObject());
            if (mine.Count == 0)
                fields.Remove(name);
        }
    }

    private static void Prune(JsonObject fields, JsonObject content, FieldType? type)
    {
        foreach (var (name, below) in fields.ToArray())
        {
            if (!name.StartsWith("f:", StringComparison.Ordinal))
                continue;
            var member = name[2..];
            var field = type?.Find(member);
            if (content[member] is not { } value)
                fields.Remove(name);
            else if (value is JsonObject child && below is JsonObject { Count: > 0 } deeper)
                PruneChild(fields, name, deeper, child, field?.Type);
            else if (value is JsonArray list && below is JsonObject { Count: > 0 } items && field?.MergeKey is { Length: > 0 } key)
                PruneItems(items, list, key, field.Type.Element);
        }
    }

    private static void PruneChild(JsonObject fields, string name, JsonObject deeper, JsonObject child, FieldType? type)
    {
        Prune(deeper, child, type?.Shape == FieldShape.Object ? type : null);
        if (deeper.Count == 0)
            fields.Remove(name);
    }

    private static void PruneItems(JsonObject items, JsonArray list, string key, FieldType? element)
    {
        foreach (var (name, below) in items.ToArray())
        {
            var item = list.OfType<JsonObject>().FirstOrDefault(one => "k:" + ItemKey(one, key) == name);
            if (item is null)
                items.Remove(name);
            else
                Prune(below!.AsObject(), item, element);
        }
    }
}
