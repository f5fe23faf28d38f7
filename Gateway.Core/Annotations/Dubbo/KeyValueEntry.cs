namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// One element <c>{"k": ..., "v": ...}</c> of a key/value annotation, with its unchanged JSON text. <paramref name="Fault"/> says why it is
/// invalid; key and value are then "".
/// </summary>
internal readonly record struct KeyValueEntry(int Place, string Key, string Value, string Json, string? Fault);
