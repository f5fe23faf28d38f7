using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;

namespace Gateway.Emulator.Validation;

/// <summary>
/// Gives a body the shape that decoding into Go structs gives it: unknown members are recorded and removed, nulls are removed, and a value
/// of the wrong type throws <see cref="FieldTypeFailure"/>.
/// </summary>
internal sealed class FieldCheck
{
    private readonly List<string> _unknown = [];

    /// <summary>Paths such as <c>spec.containers[0].foo</c>, in the order found.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    public void Run(JsonObject body, FieldType type) => CheckObject(body, type, "", "");

    private void CheckObject(JsonObject body, FieldType type, string path, string goPath)
    {
        foreach (var (name, value) in body.ToArray())
        {
            var field = type.Find(name);
            if (field is null)
                _unknown.Add(path + name);
            if (field is null || (value is null && field.Type.Shape != FieldShape.Any))
            {
                body.Remove(name);
                continue;
            }
            if (value is not null)
                Check(value, field.Type, type, path + name, goPath + name);
        }
    }

    private void Check(JsonNode value, FieldType type, FieldType owner, string path, string goPath)
    {
        var kind = value.GetValueKind();
        switch (type.Shape)
        {
            case FieldShape.Object when value is JsonObject child:
                CheckObject(child, type, path + ".", goPath + ".");
                return;
            case FieldShape.Map when value is JsonObject map:
                foreach (var (name, item) in map.ToArray())
                {
                    if (item is null)
                        map[name] = type.Element!.Shape == FieldShape.String ? "" : null;
                    else
                        Check(item, type.Element!, owner, $"{path}.{name}", goPath);
                }
                return;
            case FieldShape.List when value is JsonArray list:
                for (var index = 0; index < list.Count; index++)
                {
                    if (list[index] is { } item)
                        Check(item, type.Element!, owner, $"{path}[{index}]", goPath);
                }
                return;
            case FieldShape.Any:
            case FieldShape.String or FieldShape.Time when kind == JsonValueKind.String:
            case FieldShape.Boolean when kind is JsonValueKind.True or JsonValueKind.False:
            case FieldShape.StringOrNumber when kind is JsonValueKind.String or JsonValueKind.Number:
            case FieldShape.Integer when kind == JsonValueKind.Number && value.AsValue().TryGetValue<long>(out _):
                return;
        }
        throw new FieldTypeFailure($"json: cannot unmarshal {GoName(kind)} into Go struct field {owner.Name}.{goPath} of type {GoType(type)}");
    }

    private static string GoName(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };

    private static string GoType(FieldType type) => type.Shape switch
    {
        FieldShape.Object => "v1." + type.Name,
        FieldShape.List => "[]" + GoType(type.Element!),
        FieldShape.Map => "map[string]" + GoType(type.Element!),
        _ => type.Name,
    };
}
