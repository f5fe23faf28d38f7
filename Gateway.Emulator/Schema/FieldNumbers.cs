using System.Globalization;

namespace Gateway.Emulator.Schema;

/// <summary>The table <c>protobuf.txt</c>: the fields of protobuf messages by their numbers.</summary>
internal static class FieldNumbers
{
    private static readonly Dictionary<string, NumberedField[]> Types = Read();

    /// <summary>True where the type has a protobuf message.</summary>
    public static bool Knows(string type) => Types.ContainsKey(type);

    /// <summary>The fields of a message, in the order of their numbers.</summary>
    public static ReadOnlySpan<NumberedField> Of(string type) =>
        Types.TryGetValue(type, out var fields) ? fields : throw new InvalidOperationException($"protobuf.txt has no fields of {type}.");

    public static NumberedField? Find(string type, int number) =>
        Types.TryGetValue(type, out var fields) ? Array.Find(fields, field => field.Number == number) : null;

    private static Dictionary<string, NumberedField[]> Read()
    {
        using var stream = typeof(FieldNumbers).Assembly.GetManifestResourceStream("Gateway.Emulator.Schema.protobuf.txt")!;
        using var reader = new StreamReader(stream);
        var types = new Dictionary<string, NumberedField[]>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var equals = line.IndexOf('=');
            var fields = line[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            types[line[..equals].Trim()] = [.. fields.Select(ReadField)];
        }
        return types;
    }

    private static NumberedField ReadField(string text)
    {
        var space = text.IndexOf(' ');
        var number = int.Parse(text[..space], CultureInfo.InvariantCulture);
        var name = text[(space + 1)..];
        return name[0] == '>' ? new(number, "", true, name[1..]) : new(number, name.TrimEnd('+'), name[^1] == '+', null);
    }
}

/// <summary>
/// One field of a message. <paramref name="IsPlain"/>: not a pointer in Go, so it is always written, and its empty value means absent.
/// <paramref name="Inline"/>: the message's type, where JSON shows its fields as members of the object itself.
/// </summary>
internal sealed record NumberedField(int Number, string Name, bool IsPlain, string? Inline);
