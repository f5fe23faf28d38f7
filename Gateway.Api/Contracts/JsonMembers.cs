using System.Text.Json;
using Gateway.Api.Errors;

namespace Gateway.Api.Contracts;

/// <summary>
/// Reads the members of one JSON object, each at most once and of its right type. A null member is an unset one. What is wrong goes to the
/// fault list with its pointer; <see cref="Finish"/> tells what nobody asked for.
/// </summary>
public sealed class JsonMembers
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly string _pointer;
    private readonly FaultList _faults;

    public JsonMembers(JsonElement element, string pointer, FaultList faults)
    {
        (_pointer, _faults) = (pointer, faults);
        foreach (var member in element.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value))
                Fault(member.Name, FaultCodes.Repeated, $"'{member.Name}' stands here twice.");
        }
    }

    /// <summary>Whether the member was there at all, null or not. Does not take it.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    public string? Text(string name)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        WrongType(name, "a string");
        return null;
    }

    public int? Integer(string name)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            WrongType(name, "a whole number");
        else if (value.TryGetInt32(out var number))
            return number;
        else if (value.TryGetDecimal(out var large) && decimal.IsInteger(large))
            Fault(name, FaultCodes.OutOfRange, $"'{name}' is far out of range.");
        else
            WrongType(name, "a whole number");
        return null;
    }

    /// <summary>Null where the member is unset or not an array.</summary>
    public IEnumerable<(JsonElement Value, string Pointer)>? Items(string name)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray().Select((item, index) => (item, JsonPointer.Append(At(name), index)));
        WrongType(name, "an array");
        return null;
    }

    /// <summary>A string map. A null value is kept only where <paramref name="nullRemoves"/> says that it has a meaning.</summary>
    public Dictionary<string, string?>? TextMap(string name, bool nullRemoves = false)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
        {
            WrongType(name, "an object of strings");
            return null;
        }
        var map = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
        {
            var pointer = JsonPointer.Append(At(name), entry.Name);
            if (entry.Value.ValueKind != JsonValueKind.String && !(nullRemoves && entry.Value.ValueKind == JsonValueKind.Null))
                _faults.AtPointer(pointer, FaultCodes.WrongType, $"Values of '{name}' are strings{(nullRemoves ? " or null" : "")}.");
            else if (!map.TryAdd(entry.Name, entry.Value.GetString()))
                _faults.AtPointer(pointer, FaultCodes.Repeated, $"'{entry.Name}' stands here twice.");
        }
        return map;
    }

    public void Finish()
    {
        foreach (var name in _members.Keys)
            Fault(name, FaultCodes.UnknownMember, $"There is no member '{Shortened(name)}' here.");
    }

    internal static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "...";

    private JsonElement? Take(string name) =>
        _members.Remove(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private void WrongType(string name, string expected) => Fault(name, FaultCodes.WrongType, $"'{name}' has to be {expected}.");

    private void Fault(string name, string code, string detail) => _faults.AtPointer(At(name), code, detail);

    private string At(string name) => JsonPointer.Append(_pointer, Shortened(name));
}
