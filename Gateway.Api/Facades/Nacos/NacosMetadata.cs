using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Api.Facades.Nacos;

/// <summary>Metadata as clients write it: a JSON object, or <c>k=v,k2=v2</c>.</summary>
internal static class NacosMetadata
{
    public const string HeartBeatInterval = "preserved.heart.beat.interval";
    public const string HeartBeatTimeout = "preserved.heart.beat.timeout";
    public const string IpDeleteTimeout = "preserved.ip.delete.timeout";

    public static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Null with a fault: it is neither. A number or a boolean is kept as its text, null is left out, as Nacos does.</summary>
    public static ImmutableSortedDictionary<string, string>? Read(string? text, out NacosFault? fault)
    {
        fault = null;
        if (string.IsNullOrWhiteSpace(text))
            return None;
        if (text.AsSpan().TrimStart() is not ['{', ..])
            return ReadPairs(text, out fault);
        try
        {
            using var document = JsonDocument.Parse(text);
            return ReadObject(document.RootElement) ?? Incorrect(out fault);
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            // Lone surrogates are the platform's ArgumentException or InvalidOperationException.
            return Incorrect(out fault);
        }
    }

    /// <summary>Null: a value is no text.</summary>
    public static ImmutableSortedDictionary<string, string>? ReadObject(JsonElement root)
    {
        var found = None.ToBuilder();
        foreach (var member in root.EnumerateObject())
        {
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.String:
                    found[member.Name] = member.Value.GetString()!;
                    break;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    found[member.Name] = member.Value.GetRawText();
                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    return null;
            }
        }

        return found.ToImmutable();
    }

    /// <summary>Milliseconds that the instance itself asks for; otherwise Nacos' own default.</summary>
    public static long Milliseconds(ImmutableSortedDictionary<string, string> metadata, string key, long otherwise) =>
        metadata.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value is > 0 and <= int.MaxValue
            ? value
            : otherwise;

    private static ImmutableSortedDictionary<string, string>? ReadPairs(string text, out NacosFault? fault)
    {
        fault = null;
        var found = None.ToBuilder();
        foreach (var part in text.Split(','))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == part.Length - 1)
                return Incorrect(out fault);
            found[part[..at]] = part[(at + 1)..];
        }

        return found.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string>? Incorrect(out NacosFault? fault)
    {
        fault = NacosFault.Invalid("metadata format incorrect: it must be a JSON object of texts, or k=v,k2=v2.", NacosFault.InstanceMetadata);
        return null;
    }
}
