using System.Text.Json.Nodes;

namespace Gateway.Emulator.Patching;

/// <summary>JSON merge patch, RFC 7386.</summary>
internal static class MergePatch
{
    /// <summary>Changes the target, or returns its replacement.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
                continue;
            }
            var old = result[name];
            var merged = Apply(old, value);
            if (!ReferenceEquals(old, merged))
                result[name] = merged;
        }
        return result;
    }
}
