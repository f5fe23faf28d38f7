using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;

namespace Gateway.Emulator.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: like a merge patch, but lists with a merge key are merged by it, and the directives <c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/…</c> and <c>$deleteFromPrimitiveList/…</c> apply.
/// </summary>
internal static class StrategicMergePatch
{
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(JsonObject target, JsonObject patch, FieldType? type)
    {
        switch ((string?)patch["$patch"])
        {
            case "replace":
                var replacement = (JsonObject)patch.DeepClone();
                replacement.Remove("$patch");
                return replacement;
            case "delete":
                return [];
        }
        if (patch["$retainKeys"] is JsonArray retained)
        {
            foreach (var name in target.Select(static member => member.Key).Except(retained.Select(static name => (string?)name ?? "")).ToList())
                target.Remove(name);
        }
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith('$'))
                SetMember(target, name, value, type);
        }
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
                DeleteValues(target[name[DeletePrefix.Length..]] as JsonArray, value as JsonArray);
            if (name.StartsWith(OrderPrefix, StringComparison.Ordinal))
                Reorder(target, name[OrderPrefix.Length..], value as JsonArray, type);
        }
        return target;
    }

    private static void SetMember(JsonObject target, string name, JsonNode? value, FieldType? type)
    {
        var field = type?.Find(name);
        var fieldType = field?.Type ?? (type?.Shape == FieldShape.Map ? type.Element : null);
        switch (value)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject changes:
                var old = target[name] as JsonObject;
                var merged = Apply(old ?? [], changes, fieldType);
                if (!ReferenceEquals(old, merged))
                    target[name] = merged;
                break;
            case JsonArray elements when field?.MergeKey is { } key && target[name] is JsonArray list:
                MergeList(list, elements, key, fieldType?.Element);
                break;
            case JsonArray elements when field?.MergeKey is not null:
                var fresh = new JsonArray();
                target[name] = fresh;
                MergeList(fresh, elements, field.MergeKey, fieldType?.Element);
                break;
            default:
                target[name] = value.DeepClone();
                break;
        }
    }

    private static void MergeList(JsonArray list, JsonArray patch, string key, FieldType? element)
    {
        if (patch.Any(static item => item is JsonObject { Count: 1 } only && (string?)only["$patch"] == "replace"))
            list.Clear();
        foreach (var item in patch)
        {
            if (item is not JsonObject change || key.Length == 0)
            {
                if (!list.Any(present => JsonNode.DeepEquals(present, item)))
                    list.Add(item?.DeepClone());
                continue;
            }
            if (change[key] is not { } value)
            {
                if (change.ContainsKey("$patch"))
                    continue;
                throw new PatchFailure($"map: {change.ToJsonString()} does not contain declared merge key: {key}");
            }
            var index = IndexOf(list, key, value);
            if ((string?)change["$patch"] == "delete")
            {
                if (index >= 0)
                    list.RemoveAt(index);
            }
            else if (index < 0)
            {
                list.Add(Apply([], change, element));
            }
            else
            {
                var old = list[index]!.AsObject();
                var merged = Apply(old, change, element);
                if (!ReferenceEquals(old, merged))
                    list[index] = merged;
            }
        }
    }

    private static void DeleteValues(JsonArray? list, JsonArray? values)
    {
        foreach (var value in values ?? [])
        {
            if (list?.FirstOrDefault(present => JsonNode.DeepEquals(present, value)) is { } found)
                list.Remove(found);
        }
    }

    private static void Reorder(JsonObject target, string name, JsonArray? order, FieldType? type)
    {
        if (target[name] is not JsonArray list || order is null || type?.Find(name)?.MergeKey is not { } key)
            return;
        var wanted = order.Select(item => key.Length == 0 ? item : item?[key]).ToList();
        int Rank(JsonNode? item)
        {
            var value = key.Length == 0 ? item : (item as JsonObject)?[key];
            var rank = wanted.FindIndex(one => JsonNode.DeepEquals(one, value));
            return rank < 0 ? wanted.Count : rank;
        }
        var sorted = list.OrderBy(Rank).ToList();
        list.Clear();
        foreach (var item in sorted)
            list.Add(item);
    }

    private static int IndexOf(JsonArray list, string key, JsonNode value)
    {
        for (var index = 0; index < list.Count; index++)
        {
            if (list[index] is JsonObject item && JsonNode.DeepEquals(item[key], value))
                return index;
        }
        return -1;
    }
}
