using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Native;

/// <summary>
/// Reads the members of one JSON object and collects their faults, one short sentence each. A null member counts as missing. Used by one
/// caller at a time.
/// </summary>
internal sealed class MemberReader(JsonElement body)
{
    public List<string> Faults { get; } = [];

    public bool Has(string name) => Find(name) is not null;

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        Faults.Add($"{name} must be a string");
        return null;
    }

    public int? Number(string name, int least, int most)
    {
        if (Find(name) is not { } value)
            return null;
        if (WholeNumber.TryRead(value, out var number) && number >= least && number <= most)
            return number;
        Faults.Add(most == int.MaxValue ? $"{name} must be a whole number from {least}" : $"{name} must be a whole number from {least} to {most}");
        return null;
    }

    public bool Flag(string name)
    {
        if (Find(name) is not { } value)
            return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Faults.Add($"{name} must be true or false");
        return false;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time))
            return time.ToUniversalTime();
        Faults.Add($"{name} must be a time (RFC 3339)");
        return null;
    }

    public ImmutableArray<string> Texts(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(static item => item.GetString()!)];
        Faults.Add($"{name} must be an array of strings");
        return [];
    }

    public ImmutableSortedDictionary<string, string> TextMap(string name)
    {
        if (Find(name) is not { } value)
            return RegistrationRecord.NoMetadata;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Faults.Add($"{name} must be an object with string values");
            return RegistrationRecord.NoMetadata;
        }

        var map = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String)
                map[member.Name] = member.Value.GetString()!;
            else
                Faults.Add($"{name}.{member.Name} must be a string");
        }

        return map.ToImmutable();
    }

    public IEnumerable<JsonElement> Objects(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.Object))
            return value.EnumerateArray();
        Faults.Add($"{name} must be an array of objects");
        return [];
    }

    /// <summary>The members of an object, each of them an object.</summary>
    public IEnumerable<(string Name, JsonElement Value)> ObjectsByName(string name)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(static member => member.Value.ValueKind == JsonValueKind.Object))
            return value.EnumerateObject().Select(static member => (member.Name, member.Value));
        Faults.Add($"{name} must be an object of objects");
        return [];
    }

    /// <summary>The JSON text of an object as it stands there.</summary>
    public string? Raw(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return value.GetRawText();
        Faults.Add($"{name} must be an object");
        return null;
    }

    private JsonElement? Find(string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
