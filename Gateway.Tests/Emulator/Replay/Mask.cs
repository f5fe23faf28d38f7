using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Emulator.Replay;

/// <summary>Puts the same words in the place of what differs from run to run: uids, versions, times, tokens, who owns which field.</summary>
internal static partial class Mask
{
    private static readonly HashSet<string> Volatile =
    [
        "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "continue", "token", "gitVersion", "gitCommit",
        "authentication.kubernetes.io/credential-id", "authentication.kubernetes.io/pod-uid",
    ];

    public static JsonNode? Apply(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject parent:
                parent.Remove("managedFields");

                // How often a controller wrote a slice before the recording began is nobody's promise.
                if (parent["generateName"] is not null)
                    parent.Remove("generation");
                foreach (var (name, value) in parent.ToArray())
                {
                    if (Volatile.Contains(name) && value is not null)
                        parent[name] = "<masked>";
                    else if (name == "message" && value is JsonValue text)
                        parent[name] = Message((string)text!);
                    else
                        Apply(value);
                }
                break;
            case JsonArray list:
                foreach (var item in list)
                    Apply(item);
                break;
        }
        return node;
    }

    private static string Message(string text)
    {
        text = Current().Replace(text, "current: <masked>");
        text = Compacted().Replace(text, "(<masked>)");

        // After this sentence comes a diff in the words of Go's structs, which no client reads.
        var diff = text.IndexOf("  core.PodSpec{", StringComparison.Ordinal);
        if (diff >= 0)
            text = text[..diff];

        // A whole object in quotes: it is compared as an object, in one order.
        var start = text.IndexOf("\"{\\\"", StringComparison.Ordinal);
        if (start < 0)
            return text;
        var end = text.LastIndexOf("}\"", StringComparison.Ordinal) + 1;
        var quoted = text[(start + 1)..end].Replace("\\\"", "\"").Replace("\\\\", "\\");
        return text[..start] + Sorted(Apply(JsonNode.Parse(quoted)))!.ToJsonString() + text[end..];
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject parent => new JsonObject(parent.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(static pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"current: \d+")]
    private static partial Regex Current();

    [GeneratedRegex(@"\(\d+\)")]
    private static partial Regex Compacted();
}
