using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Selectors;

/// <summary>
/// A field selector in the syntax of the query parameter <c>fieldSelector</c>; only fields that the kind supports are allowed.
/// </summary>
public sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private readonly IReadOnlyList<(string Field, string Value, bool Equal)> _terms;

    private FieldSelector(IReadOnlyList<(string Field, string Value, bool Equal)> terms) => _terms = terms;

    public bool IsEmpty => _terms.Count == 0;

    /// <summary>The one name that can match, if the selector names one.</summary>
    public string? Name => _terms.Where(static term => term.Equal && term.Field == "metadata.name").Select(static term => term.Value).FirstOrDefault();

    /// <summary>Throws <see cref="FormatException"/> with the real server's message.</summary>
    public static FieldSelector Parse(ResourceKind kind, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Everything;
        var terms = new List<(string, string, bool)>();
        foreach (var term in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = term.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new FormatException($"invalid selector: '{text}'; can't understand '{term}'");
            var equal = term[at - 1] != '!';
            var field = equal ? term[..at] : term[..(at - 1)];
            var value = term[(at + (term.AsSpan(at) is ['=', '=', ..] ? 2 : 1))..];
            if (!SelectableFields.Of(kind).Contains(field))
                throw new FormatException("field label not supported: " + field);
            terms.Add((field, value, equal));
        }
        return new FieldSelector(terms);
    }

    public bool Matches(StoredObject item)
    {
        foreach (var (field, value, equal) in _terms)
        {
            if (ValueOf(item, field) == value != equal)
                return false;
        }
        return true;
    }

    private static string ValueOf(StoredObject item, string field)
    {
        switch (field)
        {
            case "metadata.name":
                return item.Name;
            case "metadata.namespace":
                return item.Namespace;
            case "status.podIPs":
                return item.Content["status"]?["podIPs"] is JsonArray ips ? string.Join(',', ips.Select(static ip => (string?)ip?["ip"])) : "";
        }
        JsonNode? node = item.Content;
        foreach (var step in field.Split('.'))
            node = (node as JsonObject)?[step];
        return node switch
        {
            null => field is "spec.hostNetwork" or "spec.unschedulable" ? "false" : "",
            JsonValue value when value.GetValueKind() == JsonValueKind.String => (string)value!,
            _ => node.ToJsonString(),
        };
    }
}
