namespace Gateway.Emulator.Schema;

/// <summary>
/// One field. <paramref name="MergeKey"/>: strategic merge patches merge the list by this member of its objects; <c>""</c>: by value; null:
/// the list is replaced.
/// </summary>
public sealed record Field(string Name, FieldType Type, string? MergeKey);
