using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Api.Errors;
using Gateway.Core.Refusals;

namespace Gateway.Api.Contracts;

/// <summary>The body of a mapping: <c>{"applications": ["orders"]}</c>, or the array alone. An answer of the same call is taken too.</summary>
internal static class MappingBody
{
    private const int MaxApplications = 200;

    public static Result<IReadOnlyList<string>> Read(ReadOnlyMemory<byte> bytes, string ns, string @interface)
    {
        using var document = StrictJson.Parse(bytes, out var refusal);
        if (document is null)
            return refusal!;
        var faults = new FaultList();
        var found = new List<string>();
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Array)
        {
            ReadItems([.. root.EnumerateArray().Select(static (item, index) => (item, JsonPointer.Append("", index)))], found, faults);
        }
        else if (root.ValueKind == JsonValueKind.Object)
        {
            var members = new JsonMembers(root, "", faults);
            CheckSame("namespace", members.Text("namespace"), ns, faults);
            CheckSame("interface", members.Text("interface"), @interface, faults);
            if (members.Items("applications") is { } items)
                ReadItems([.. items], found, faults);
            else if (faults.IsEmpty)
                faults.AtPointer("/applications", FaultCodes.Missing, "'applications' is required.");
            members.Finish();
        }
        else
        {
            faults.AtPointer("", FaultCodes.WrongType, "A mapping is an object of applications, or an array of their names.");
        }

        return faults.IsEmpty ? found : faults.ToRefusal(RefusalCodes.InvalidMetadata, "The body is JSON but not a mapping; 'errors' names every fault. Nothing was kept.");
    }

    private static void CheckSame(string name, string? given, string expected, FaultList faults)
    {
        if (given is not null && given != expected)
            faults.AtPointer("/" + name, FaultCodes.InvalidValue, $"'{name}' is not the one that the path names.");
    }

    private static void ReadItems(ImmutableArray<(JsonElement Value, string Pointer)> items, List<string> found, FaultList faults)
    {
        if (items.Length is 0 or > MaxApplications)
            faults.AtPointer("/applications", FaultCodes.OutOfRange, $"A mapping names 1 to {MaxApplications} applications.");
        foreach (var (value, pointer) in items)
        {
            if (value.ValueKind != JsonValueKind.String || !NameRules.IsName(value.GetString()!, NameRules.MaxService))
                faults.AtPointer(pointer, FaultCodes.InvalidValue, "An application's name is 1 to 253 of A-Z a-z 0-9 . _ : $ -");
            else
                found.Add(value.GetString()!);
        }
    }
}
