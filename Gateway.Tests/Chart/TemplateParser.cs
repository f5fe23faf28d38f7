using System.Text.RegularExpressions;

namespace Gateway.Tests.Chart;

/// <summary>Reads the part of Go's template language that the chart uses; anything else is refused loudly.</summary>
internal sealed partial class TemplateParser
{
    private readonly List<(string Text, string? Action)> _pieces = [];
    private readonly IDictionary<string, IReadOnlyList<TemplateNode>> _definitions;
    private int _next;

    private TemplateParser(string text, IDictionary<string, IReadOnlyList<TemplateNode>> definitions)
    {
        _definitions = definitions;
        var position = 0;
        var trimsNext = false;
        foreach (Match match in Actions().Matches(text))
        {
            var before = text[position..match.Index];
            before = trimsNext ? before.TrimStart() : before;
            _pieces.Add((match.Groups["left"].Success ? before.TrimEnd() : before, match.Groups["action"].Value.Trim()));
            trimsNext = match.Groups["right"].Success;
            position = match.Index + match.Length;
        }

        _pieces.Add((trimsNext ? text[position..].TrimStart() : text[position..], null));
    }

    /// <summary>The template's nodes; what it defines is added to <paramref name="definitions"/>.</summary>
    public static IReadOnlyList<TemplateNode> Parse(string text, IDictionary<string, IReadOnlyList<TemplateNode>> definitions)
    {
        var nodes = new TemplateParser(text, definitions).ReadBody(out var end);
        end.ShouldBeNull("a template has one end too many");
        return nodes;
    }

    private List<TemplateNode> ReadBody(out string? end)
    {
        var nodes = new List<TemplateNode>();
        while (_next < _pieces.Count)
        {
            var (text, action) = _pieces[_next++];
            if (text.Length > 0)
                nodes.Add(new TemplateNode.Text(text));
            if (action is null || action.StartsWith("/*", StringComparison.Ordinal))
                continue;
            var (word, rest) = action.Split(' ', 2) is [var first, var more] ? (first, more.Trim()) : (action, "");
            switch (word)
            {
                case "end" or "else":
                    end = action;
                    return nodes;
                case "if" or "with":
                    nodes.Add(ReadChoice(word == "with", rest));
                    break;
                case "range":
                    nodes.Add(ReadLoop(rest));
                    break;
                case "define":
                    _definitions[rest.Trim('"')] = ReadBody(out _);
                    break;
                default:
                    nodes.Add(new TemplateNode.Action(action));
                    break;
            }
        }

        end = null;
        return nodes;
    }

    private TemplateNode.Choice ReadChoice(bool rebinds, string pipeline)
    {
        var branches = new List<(string, IReadOnlyList<TemplateNode>)>();
        while (true)
        {
            branches.Add((pipeline, ReadBody(out var end)));
            switch (end)
            {
                case "end":
                    return new(rebinds, branches);
                case "else":
                    pipeline = "true";
                    break;
                case not null when end.StartsWith("else if ", StringComparison.Ordinal):
                    pipeline = end["else if ".Length..];
                    break;
                default:
                    throw new FormatException($"'{pipeline}' has no end");
            }
        }
    }

    private TemplateNode.Loop ReadLoop(string head)
    {
        var names = LoopVariables().Match(head);
        var body = ReadBody(out var end);
        end.ShouldBe("end");
        return names.Success
            ? new(names.Groups["index"].Value, names.Groups["item"].Value, head[names.Length..], body)
            : new(null, null, head, body);
    }

    [GeneratedRegex(@"\{\{(?<left>-(?=\s))?(?<action>(?:/\*.*?\*/|""(?:\\.|[^""\\])*""|`[^`]*`|.)*?)(?<right>(?<=\s)-)?\}\}", RegexOptions.Singleline)]
    private static partial Regex Actions();

    [GeneratedRegex(@"^(?<index>\$\w+), (?<item>\$\w+) := ")]
    private static partial Regex LoopVariables();
}
