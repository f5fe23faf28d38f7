using System.Text.Json;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>
/// The body of a mapping: <c>{"applications": ["orders"]}</c>, or the array alone. The body of an earlier response of this call
/// is accepted too.
/// </summary>
internal static class MappingBody
{
    private const int MaxApplications = 200;
    private const string NameSentence = $"An application name must be 1 to 253 of {RegistrationRules.NameCharacters}";

    private static readonly ItemLimit Applications = new(MaxApplications, FaultCodes.OutOfRange, $"A mapping must name 1 to {MaxApplications} applications.");

    public static Result<IReadOnlyList<string>> Read(ReadOnlyMemory<byte> bytes, string ns, string @interface)
    {
        var (faults, budget) = (new FaultList(), MetadataBudget.OfRegistrations());
        if (StrictJson.Read(bytes, faults, budget, (ref json) => Read(ref json, ns, @interface), out var found) is { } refusal)
            return refusal;
        return faults.IsEmpty ? found! : faults.ToRefusal(RefusalCodes.InvalidMetadata, "The body is JSON but not a mapping", "Nothing was stored.");
    }

    private static List<string> Read(ref JsonBody json, string ns, string @interface)
    {
        if (json.Kind == JsonTokenType.StartArray)
            return ReadItems(ref json, "");
        List<string>? found = null;
        if (!json.IsObject("", "A mapping must be an object with 'applications', or an array of application names."))
            return [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextMember(seen, "", out var name))
        {
            switch (name)
            {
                case "namespace": CheckSame(name, json.Text("", name), ns, json.Faults); break;
                case "interface": CheckSame(name, json.Text("", name), @interface, json.Faults); break;
                case "applications": found = json.IsArray("", name) ? ReadItems(ref json, "/applications") : null; break;
                default: json.Unknown("", name); break;
            }
        }
        if (found is null && json.Faults.IsEmpty)
            json.Faults.AtPointer("/applications", FaultCodes.Missing, "'applications' is required.");
        return found ?? [];
    }

    private static void CheckSame(string name, string? given, string expected, FaultList faults)
    {
        if (given is not null && given != expected)
            faults.AtPointer("/" + name, FaultCodes.InvalidValue, $"'{name}' must be the same as in the path.");
    }

    private static List<string> ReadItems(ref JsonBody json, string pointer)
    {
        var found = new List<string>();
        while (json.NextItem(found.Count, Applications, pointer))
        {
            var at = JsonPointer.Append(pointer, found.Count);
            var name = json.Item(at, FaultCodes.InvalidValue, NameSentence);
            if (name is not null && !RegistrationRules.IsName(name))
                json.Faults.AtPointer(at, FaultCodes.InvalidValue, NameSentence + RegistrationRules.OffendingInName(name));
            found.Add(name ?? "");
        }
        if (found.Count == 0)
            json.Faults.AtPointer(pointer, Applications.Code, Applications.Detail);
        return found;
    }
}
