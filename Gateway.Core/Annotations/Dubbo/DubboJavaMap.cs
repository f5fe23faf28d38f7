using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>The flat map of strings that Dubbo Java stores as one JSON object.</summary>
internal static class DubboJavaMap
{
    /// <summary>
    /// Null with a reason when the text is not such a map. Scalars become strings, null members are left out, nested values are refused.
    /// </summary>
    public static ImmutableSortedDictionary<string, string>? Parse(string json, out string fault)
    {
        if (!AnnotationJson.TryParse(json, out var document, out var reason))
        {
            fault = reason;
            return null;
        }

        using (document)
        {
            fault = "is not a JSON object";
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            try
            {
                return Read(document.RootElement, out fault);
            }
            catch (InvalidOperationException)
            {
                // Thrown by JsonElement for an escaped lone surrogate.
                fault = AnnotationJson.NotUnicode;
                return null;
            }
        }
    }

    private static ImmutableSortedDictionary<string, string>? Read(JsonElement body, out string fault)
    {
        var map = RegistrationRecord.NoMetadata.ToBuilder();
        fault = "";
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.String:
                    map[member.Name] = member.Value.GetString()!;
                    break;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    map[member.Name] = member.Value.GetRawText();
                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    fault = $"{member.Name} is neither a string nor a number";
                    return null;
            }
        }

        return map.ToImmutable();
    }
}
