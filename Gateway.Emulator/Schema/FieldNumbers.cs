using System.Globalization;

namespace Gateway.Emulator.Schema;

/// <summary>The table <c>protobuf.txt</c>: field names by their number in a protobuf message.</summary>
internal static class FieldNumbers
{
    private static readonly Dictionary<string, Dictionary<int, string>> Types = Read();

    /// <summary>True where bodies of the type can be decoded.</summary>
    public static bool Knows(string type) => Types.ContainsKey(type);

    public static Field? Find(FieldType type, int number) =>
        Types.TryGetValue(type.Name, out var fields) && fields.TryGetValue(number, out var name) ? type.Find(name) : null;

    private static Dictionary<string, Dictionary<int, string>> Read()
    {
        using var stream = typeof(FieldNumbers).Assembly.GetManifestResourceStream("Gateway.Emulator.Schema.protobuf.txt")!;
        using var reader = new StreamReader(stream);
        var types = new Dictionary<string, Dictionary<int, string>>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var parts = line.Split(" = ");
            types[parts[0]] = parts[1].Split(", ").Select(static field => field.Split(' '))
                .ToDictionary(static field => int.Parse(field[0], CultureInfo.InvariantCulture), static field => field[1]);
        }
        return types;
    }
}
