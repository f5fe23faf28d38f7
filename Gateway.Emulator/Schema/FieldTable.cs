using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Schema;

/// <summary>
/// The table <c>fields.txt</c>: the fields of the kinds, for strict validation, strategic merge patches, field ownership and OpenAPI.
/// </summary>
public static class FieldTable
{
    private static readonly Dictionary<string, FieldType> Types = Read();

    public static FieldType Of(ResourceKind kind) => Types[kind.Kind];

    public static FieldType Of(string kind) => Types[kind];

    /// <summary>All object types.</summary>
    public static IEnumerable<FieldType> Objects => Types.Values.Where(static type => type.Shape == FieldShape.Object);

    private static Dictionary<string, FieldType> Read()
    {
        var types = new Dictionary<string, FieldType>(StringComparer.Ordinal)
        {
            ["string"] = Scalar("string", FieldShape.String),
            ["bytes"] = Scalar("string", FieldShape.String),
            ["int"] = Scalar("int64", FieldShape.Integer),
            ["bool"] = Scalar("bool", FieldShape.Boolean),
            ["quantity"] = Scalar("Quantity", FieldShape.StringOrNumber),
            ["intstr"] = Scalar("IntOrString", FieldShape.StringOrNumber),
            ["time"] = Scalar("Time", FieldShape.Time),
            ["any"] = Scalar("any", FieldShape.Any),
            ["fields"] = Scalar("FieldsV1", FieldShape.Any),
        };
        using var stream = typeof(FieldTable).Assembly.GetManifestResourceStream("Gateway.Emulator.Schema.fields.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var (name, fields) = Split(line, " = ");
            foreach (var text in fields.Split(", "))
            {
                var field = ReadField(types, text);
                Object(types, name).FieldTable.Add(field.Name, field);
            }
        }
        return types;
    }

    private static Field ReadField(Dictionary<string, FieldType> types, string text)
    {
        var (name, type) = Split(text.TrimEnd('%'), ":");
        var (shape, key) = type.Contains('@') ? Split(type, "@") : (type, null);
        return new Field(name, TypeOf(types, shape), key);
    }

    private static FieldType TypeOf(Dictionary<string, FieldType> types, string text)
    {
        if (text.Length == 0)
            return types["string"];
        if (text[0] is not ('[' or '{'))
            return types.TryGetValue(text, out var known) ? known : Object(types, text);
        var element = TypeOf(types, text[1..^1]);
        return text[0] == '['
            ? new FieldType { Name = "[]" + element.Name, Shape = FieldShape.List, Element = element }
            : new FieldType { Name = "map[string]" + element.Name, Shape = FieldShape.Map, Element = element };
    }

    private static FieldType Object(Dictionary<string, FieldType> types, string name)
    {
        if (!types.TryGetValue(name, out var type))
            types[name] = type = new FieldType { Name = name, Shape = FieldShape.Object };
        return type;
    }

    private static FieldType Scalar(string name, FieldShape shape) => new() { Name = name, Shape = shape };

    private static (string Before, string After) Split(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + separator.Length)..]);
    }
}
