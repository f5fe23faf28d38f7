namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// One element <c>{"k": ..., "v": ...}</c> of a key/value annotation, with its JSON text as it stands. <paramref name="Fault"/> says why it
/// is none; key and value are then "".
/// </summary>
internal readonly record struct KeyValueEntry(int Place, string Key, string Value, string Json, string? Fault);
