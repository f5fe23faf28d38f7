namespace Gateway.Emulator.Schema;

/// <summary>The shape of a value: a scalar, a list or map of something, or an object with known fields.</summary>
public sealed class FieldType
{
    public required string Name { get; init; }
    public FieldShape Shape { get; init; }

    /// <summary>The type of the elements of a list or map.</summary>
    public FieldType? Element { get; init; }

    /// <summary>The fields of an object; filled while the table is read.</summary>
    internal Dictionary<string, Field> FieldTable { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Field> Fields => FieldTable;

    public Field? Find(string name) => FieldTable.GetValueOrDefault(name);

    public override string ToString() => Name;
}
