using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Patching;

/// <summary>A JSON pointer, RFC 6901. A path that cannot be resolved throws <see cref="PatchFailure"/>.</summary>
internal sealed class JsonPointer
{
    private readonly string[] _steps;

    public JsonPointer(string text)
    {
        if (text.Length > 0 && text[0] != '/')
            throw new PatchFailure($"\"{text}\" is not a JSON pointer");
        _steps = [.. text.Split('/').Skip(1).Select(static step => step.Replace("~1", "/").Replace("~0", "~"))];
    }

    public bool IsRoot => _steps.Length == 0;

    public JsonNode? Get(JsonNode root)
    {
        JsonNode? node = root;
        foreach (var step in _steps)
            node = Child(node, step);
        return node;
    }

    /// <summary>Adds a member or inserts an element, as <c>add</c> does.</summary>
    public void Add(JsonNode root, JsonNode? value)
    {
        switch (Parent(root))
        {
            case JsonObject parent:
                parent[_steps[^1]] = value;
                break;
            case JsonArray list when _steps[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list:
                list.Insert(Index(_steps[^1], list.Count), value);
                break;
            default:
                throw Missing();
        }
    }

    public void Replace(JsonNode root, JsonNode? value)
    {
        Get(root);
        if (Parent(root) is JsonArray list)
            list[Index(_steps[^1], list.Count - 1)] = value;
        else
            Parent(root)![_steps[^1]] = value;
    }

    public void Remove(JsonNode root)
    {
        switch (Parent(root))
        {
            case JsonObject parent when parent.Remove(_steps[^1]):
                break;
            case JsonArray list:
                list.RemoveAt(Index(_steps[^1], list.Count - 1));
                break;
            default:
                throw Missing();
        }
    }

    private JsonNode? Parent(JsonNode root)
    {
        if (IsRoot)
            throw new PatchFailure("the whole document cannot be written");
        JsonNode? node = root;
        foreach (var step in _steps.AsSpan(0, _steps.Length - 1))
            node = Child(node, step);
        return node;
    }

    private JsonNode? Child(JsonNode? node, string step) => node switch
    {
        JsonObject parent when parent.TryGetPropertyValue(step, out var child) => child,
        JsonArray list => list[Index(step, list.Count - 1)],
        _ => throw Missing(),
    };

    private int Index(string step, int highest) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= highest ? index : throw Missing();

    private PatchFailure Missing() => new($"/{string.Join('/', _steps)} does not exist");
}
