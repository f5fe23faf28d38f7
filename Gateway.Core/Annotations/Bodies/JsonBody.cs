using System.Globalization;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Bodies;

/// <summary>The maximum number of items of an array, and the fault beyond it, where reading ends.</summary>
public sealed record ItemLimit(int Most, string Code, string Detail);

/// <summary>
/// Reads a JSON body once, front to back, into typed members; a null member is unset. Faults are collected with their JSON pointers. Loops over
/// members and items end with their object or array, or when the faults are cut (<see cref="FaultList.IsCut"/>); the rest is not read.
/// Throws <see cref="JsonException"/> on invalid JSON, which the caller catches. Used by one caller.
/// </summary>
public ref struct JsonBody
{
    private Utf8JsonReader _reader;

    /// <summary>Starts at the root's first token.</summary>
    public JsonBody(ReadOnlySpan<byte> body, JsonReaderOptions options, FaultList faults, MetadataBudget budget)
    {
        _reader = new Utf8JsonReader(body, options);
        (Faults, Budget) = (faults, budget);
        _reader.Read();
    }

    public FaultList Faults { get; }

    public MetadataBudget Budget { get; }

    /// <summary>The position up to which the body was read.</summary>
    public readonly long BytesConsumed => _reader.BytesConsumed;

    public readonly JsonTokenType Kind => _reader.TokenType;

    /// <summary>Whether the value is an object, whose members come next; any other value is a fault and is skipped.</summary>
    public bool IsObject(string pointer, string detail)
    {
        if (Kind == JsonTokenType.StartObject)
            return true;
        Refuse(pointer, FaultCodes.WrongType, detail);
        return false;
    }

    /// <summary>Goes to the value of the object's next member. A repeated member is a fault and is skipped.</summary>
    /// <param name="seen">The members of this object so far.</param>
    /// <param name="pointer">The object's.</param>
    /// <param name="name">The member's name.</param>
    public bool NextMember(HashSet<string> seen, string pointer, out string name)
    {
        while (NextMember(out name))
        {
            if (seen.Add(name))
                return true;
            Refuse(JsonPointer.Append(pointer, name), FaultCodes.Repeated, $"'{FaultText.Shortened(name)}' appears twice.");
        }
        return false;
    }

    /// <summary>Goes to the array's next item; one beyond the limit is a fault of the array and ends reading.</summary>
    /// <param name="count">Items so far.</param>
    /// <param name="limit">The maximum.</param>
    /// <param name="pointer">The array's.</param>
    public bool NextItem(int count, ItemLimit limit, string pointer)
    {
        if (!Next(JsonTokenType.EndArray))
            return false;
        if (count < limit.Most)
            return true;
        Faults.AtPointer(pointer, limit.Code, limit.Detail);
        Faults.Cut();
        return false;
    }

    public string? Text(string pointer, string name)
    {
        if (Kind == JsonTokenType.String)
            return String();
        if (Kind != JsonTokenType.Null)
            WrongType(pointer, name, "a string");
        return null;
    }

    /// <summary>The text of an array item; any other type is a fault.</summary>
    public string? Item(string pointer, string code, string detail)
    {
        if (Kind == JsonTokenType.String)
            return String();
        Refuse(pointer, code, detail);
        return null;
    }

    public int? Integer(string pointer, string name)
    {
        if (Kind == JsonTokenType.Null)
            return null;
        if (Kind == JsonTokenType.String && WholeNumber.TryRead(String(), out var quoted))
            WrongType(pointer, name, string.Create(CultureInfo.InvariantCulture, $"a whole number, without quotes: {quoted}"));
        else if (Kind != JsonTokenType.Number)
            WrongType(pointer, name, "a whole number");
        else if (WholeNumber.TryRead(_reader, out var number, out var isTooLarge))
            return number;
        else if (isTooLarge)
            Faults.AtPointer(JsonPointer.Append(pointer, name), FaultCodes.OutOfRange, $"'{name}' is out of range.");
        else
            WrongType(pointer, name, "a whole number");
        return null;
    }

    /// <summary>Whether the member is an array, whose items come next; false if it is unset or of another type.</summary>
    public bool IsArray(string pointer, string name)
    {
        if (Kind == JsonTokenType.StartArray)
            return true;
        if (Kind != JsonTokenType.Null)
            WrongType(pointer, name, "an array");
        return false;
    }

    /// <summary>A string map; it counts against the metadata limit. Null values are kept only with <paramref name="nullRemoves"/>.</summary>
    public Dictionary<string, string?>? TextMap(string pointer, string name, bool nullRemoves = false)
    {
        if (Kind == JsonTokenType.Null)
            return null;
        if (Kind != JsonTokenType.StartObject)
        {
            WrongType(pointer, name, "an object of strings");
            return null;
        }
        var map = new Dictionary<string, string?>(StringComparer.Ordinal);
        var at = JsonPointer.Append(pointer, name);
        while (NextMember(out var key))
        {
            if (Kind != JsonTokenType.String && !(nullRemoves && Kind == JsonTokenType.Null))
                Refuse(JsonPointer.Append(at, key), FaultCodes.WrongType, $"Values of '{name}' must be strings{(nullRemoves ? " or null" : "")}.");
            else if (!map.TryAdd(key, Kind == JsonTokenType.Null ? null : String()))
                Faults.AtPointer(JsonPointer.Append(at, key), FaultCodes.Repeated, $"'{FaultText.Shortened(key)}' appears twice.");
            else if (!Budget.Take(key, map[key]))
                Faults.Cut();
        }
        return map;
    }

    /// <summary>Adds a fault for an unknown member and skips it.</summary>
    /// <param name="hint">What was probably meant, after the member's name.</param>
    public void Unknown(string pointer, string name, string hint = "") =>
        Refuse(JsonPointer.Append(pointer, name), FaultCodes.UnknownMember, $"Unknown member '{FaultText.Shortened(name)}'{hint}.");

    /// <summary>Checks that nothing follows the root.</summary>
    public void End()
    {
        if (!Faults.IsCut)
            _reader.Read();
    }

    /// <summary>Adds a fault for the value and skips it.</summary>
    public void Refuse(string pointer, string code, string detail)
    {
        Faults.AtPointer(pointer, code, detail);
        if (!Faults.IsCut)
            _reader.Skip();
    }

    private void WrongType(string pointer, string name, string expected) =>
        Refuse(JsonPointer.Append(pointer, name), FaultCodes.WrongType, $"'{name}' must be {expected}.");

    private bool NextMember(out string name)
    {
        name = "";
        if (!Next(JsonTokenType.EndObject))
            return false;
        name = String();
        _reader.Read();
        return true;
    }

    private bool Next(JsonTokenType end)
    {
        if (Faults.IsCut)
            return false;
        _reader.Read();
        return Kind != end;
    }

    /// <summary>What a <see cref="JsonException"/> says of such a string.</summary>
    public static string LoneSurrogate(long at) =>
        string.Create(CultureInfo.InvariantCulture, $"the string at byte {at} is not valid Unicode: it contains an unpaired surrogate");

    /// <summary>An escaped lone surrogate is valid JSON but not valid Unicode.</summary>
    private readonly string String()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException(LoneSurrogate(_reader.TokenStartIndex));
        }
    }
}
