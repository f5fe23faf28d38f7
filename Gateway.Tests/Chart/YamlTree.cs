using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Gateway.Tests.Chart;

/// <summary>YAML as maps, lists and scalars with their types, as templates see it.</summary>
internal static class YamlTree
{
    private static readonly ISerializer Serializer = new SerializerBuilder().WithQuotingNecessaryStrings().Build();

    public static string Write(object? value) => Serializer.Serialize(value);

    public static object? Read(string text) => ReadAll(text).SingleOrDefault();

    /// <summary>Every document that is not empty.</summary>
    public static List<object?> ReadAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(static document => Convert(document.RootNode)).Where(static root => root is not null)];
    }

    private static object? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.ToDictionary(static pair => ((YamlScalarNode)pair.Key).Value!, static pair => Convert(pair.Value)),
        YamlSequenceNode list => list.Select(Convert).ToList(),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => plain.Value switch
        {
            "true" => true,
            "false" => false,
            null or "" or "null" or "~" => null,
            var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            var text => text,
        },
        YamlScalarNode quoted => quoted.Value,
        _ => throw new FormatException($"{node.NodeType} is not expected here"),
    };
}
