using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Chart;

/// <summary>values.yaml, its schema and the templates speak of the same values.</summary>
public sealed partial class ChartValuesTests
{
    private readonly HelmChart _chart = new();

    [Fact]
    public void EveryValueStandsInTheSchemaAndTheOtherWayRound()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Root, "values.schema.json")))!;
        var described = Paths(schema).Where(static path => path != "global").ToList();

        Paths(HelmChart.DefaultValues(), schema).Order().ShouldBe(described.Order());
    }

    [Fact]
    public void EveryDefaultIsWhatTheSchemaAllows()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Root, "values.schema.json")))!;

        Faults("", HelmChart.DefaultValues(), schema).ShouldBeEmpty();
    }

    [Fact]
    public void EveryValueThatATemplateUsesExistsAndEveryValueIsUsed()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Root, "values.schema.json")))!;
        var leaves = Paths(schema).Where(static path => path != "global").ToList();
        var used = _chart.Sources.Values.SelectMany(static text => UsedValue().Matches(text)).Select(static match => match.Groups[1].Value).Distinct().ToList();

        used.Where(path => !leaves.Exists(leaf => leaf == path || leaf.StartsWith(path + ".", StringComparison.Ordinal))).ShouldBeEmpty();
        leaves.Where(leaf => !used.Exists(path => leaf == path || leaf.StartsWith(path + ".", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void EveryValueIsExplainedKeyByKey()
    {
        var lines = File.ReadAllLines(Path.Combine(HelmChart.Root, "values.yaml"));
        var leaves = Paths(JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Root, "values.schema.json")))!).ToHashSet();
        var path = new List<string>();
        var bare = new List<string>();
        for (var index = 0; index < lines.Length; index++)
        {
            if (Key().Match(lines[index]) is not { Success: true } key)
                continue;
            var depth = key.Groups[1].Length / 2;
            path = [.. path.Take(depth), key.Groups[2].Value];
            if ((depth == 0 || leaves.Contains(string.Join('.', path))) && !lines[index - 1].TrimStart().StartsWith('#'))
                bare.Add(string.Join('.', path));
        }

        bare.ShouldBeEmpty();
    }

    private static IEnumerable<string> Paths(JsonNode schema, string path = "") =>
        schema["properties"] is JsonObject properties
            ? properties.SelectMany(property => Paths(property.Value!, path.Length == 0 ? property.Key : $"{path}.{property.Key}"))
            : [path];

    private static IEnumerable<string> Paths(object? value, JsonNode? schema, string path = "") =>
        value is Dictionary<string, object?> map && (schema is null || schema["properties"] is not null)
            ? map.SelectMany(pair => Paths(pair.Value, schema?["properties"]?[pair.Key] ?? new JsonObject(), path.Length == 0 ? pair.Key : $"{path}.{pair.Key}"))
            : [path];

    private static IEnumerable<string> Faults(string path, object? value, JsonNode schema)
    {
        if (schema["enum"] is JsonArray allowed && !allowed.Any(entry => (string?)entry == value as string))
            yield return $"{path}: {value} is none of {allowed}";
        var type = value switch { bool => "boolean", long => "integer", string => "string", List<object?> => "array", Dictionary<string, object?> => "object", _ => "null" };
        if (schema["type"] is { } named && !(named is JsonArray several ? several.Any(entry => (string?)entry == type) : (string?)named == type))
            yield return $"{path}: {type} is not {named.ToJsonString()}";
        if (value is string text && (string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern))
            yield return $"{path}: {text} does not match {pattern}";
        if (value is long number && ((long?)schema["minimum"] > number || (long?)schema["maximum"] < number))
            yield return $"{path}: {number} is out of range";
        if (value is Dictionary<string, object?> map && schema["properties"] is JsonObject properties)
        {
            foreach (var fault in map.SelectMany(pair => properties[pair.Key] is { } inner ? Faults($"{path}.{pair.Key}", pair.Value, inner) : [$"{path}.{pair.Key} is unknown"]))
                yield return fault;
        }

        if (value is List<object?> list && schema["items"] is { } items)
        {
            foreach (var fault in list.SelectMany(item => Faults(path + "[]", item, items)))
                yield return fault;
        }
    }

    [GeneratedRegex(@"\.Values\.(\w+(?:\.\w+)*)")]
    private static partial Regex UsedValue();

    [GeneratedRegex(@"^( *)([\w./-]+):")]
    private static partial Regex Key();
}
