using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Chart;

/// <summary>One rendering of a chart with one set of values, as <c>helm template</c> does it.</summary>
internal sealed partial class ChartRendering(IReadOnlyDictionary<string, IReadOnlyList<TemplateNode>> definitions, object root)
{
    public string Render(IReadOnlyList<TemplateNode> nodes)
    {
        var text = new StringBuilder();
        Write(text, nodes, new TemplateScope(root));
        return text.ToString();
    }

    private void Write(StringBuilder text, IReadOnlyList<TemplateNode> nodes, TemplateScope scope)
    {
        foreach (var node in nodes)
        {
            switch (node)
            {
                case TemplateNode.Text plain:
                    text.Append(plain.Value);
                    break;
                case TemplateNode.Action action when Declaration().Match(action.Pipeline) is { Success: true } declared:
                    var value = TemplatePipeline.Evaluate(action.Pipeline[declared.Length..], scope, Call);
                    if (declared.Groups["new"].Success)
                        scope.Declare(declared.Groups["name"].Value, value);
                    else
                        scope.Assign(declared.Groups["name"].Value, value);
                    break;
                case TemplateNode.Action action:
                    text.Append(Print(TemplatePipeline.Evaluate(action.Pipeline, scope, Call)));
                    break;
                case TemplateNode.Choice choice:
                    Write(text, choice, scope);
                    break;
                case TemplateNode.Loop loop:
                    Write(text, loop, scope);
                    break;
            }
        }
    }

    private void Write(StringBuilder text, TemplateNode.Choice choice, TemplateScope scope)
    {
        foreach (var (pipeline, body) in choice.Branches)
        {
            var value = TemplatePipeline.Evaluate(pipeline, scope, Call);
            if (!IsTrue(value))
                continue;
            Write(text, body, new TemplateScope(choice.Rebinds && pipeline != "true" ? value : scope.Dot, scope));
            return;
        }
    }

    private void Write(StringBuilder text, TemplateNode.Loop loop, TemplateScope scope)
    {
        IEnumerable<(object? Index, object? Item)> items = TemplatePipeline.Evaluate(loop.Pipeline, scope, Call) switch
        {
            List<object?> list => list.Select(static (item, index) => ((object?)(long)index, item)),
            IDictionary<string, object?> map => map.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => ((object?)pair.Key, pair.Value)),
            null => [],
            var other => throw new FormatException($"range over {other}"),
        };
        foreach (var (index, item) in items)
        {
            var inner = new TemplateScope(item, scope);
            if (loop.Index is not null)
                inner.Declare(loop.Index, index);
            if (loop.Item is not null)
                inner.Declare(loop.Item, item);
            Write(text, loop.Body, inner);
        }
    }

    private object? Call(string function, object?[] arguments) => function switch
    {
        "include" => Include((string)arguments[0]!, arguments[1]),
        "default" => arguments.Length > 1 && IsTrue(arguments[1]) ? arguments[1] : arguments[0],
        "required" => IsTrue(arguments[1]) ? arguments[1] : throw new ChartFailureException((string)arguments[0]!),
        "fail" => throw new ChartFailureException((string)arguments[0]!),
        "and" => arguments.FirstOrDefault(static value => !IsTrue(value), arguments[^1]),
        "or" => arguments.FirstOrDefault(IsTrue, arguments[^1]),
        "not" => !IsTrue(arguments[0]),
        "eq" => Equals(arguments[0], arguments[1]),
        "ne" => !Equals(arguments[0], arguments[1]),
        "gt" => (long)arguments[0]! > (long)arguments[1]!,
        "int" => Convert.ToInt64(arguments[0], CultureInfo.InvariantCulture),
        "list" => arguments.ToList(),
        "append" => new List<object?>([.. (List<object?>)arguments[0]!, arguments[1]]),
        "has" => ((List<object?>)arguments[1]!).Contains(arguments[0]),
        "join" => string.Join((string)arguments[0]!, ((List<object?>)arguments[1]!).Select(Print)),
        "contains" => Print(arguments[1]).Contains(Print(arguments[0]), StringComparison.Ordinal),
        "printf" => Format((string)arguments[0]!, arguments[1..]),
        "quote" => "\"" + Print(arguments[0]).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
        "lower" => Print(arguments[0]).ToLowerInvariant(),
        "trunc" => Print(arguments[1]) is var text && text.Length > (long)arguments[0]! ? text[..(int)(long)arguments[0]!] : Print(arguments[1]),
        "trimSuffix" => Print(arguments[1]) is var text && text.EndsWith(Print(arguments[0]), StringComparison.Ordinal) ? text[..^Print(arguments[0]).Length] : Print(arguments[1]),
        "toYaml" => YamlTree.Write(arguments[0]).TrimEnd('\n'),
        "indent" => Indent((long)arguments[0]!, Print(arguments[1])),
        "nindent" => "\n" + Indent((long)arguments[0]!, Print(arguments[1])),
        _ => throw new NotSupportedException($"the function {function} is not known here"),
    };

    private string Include(string name, object? dot)
    {
        var text = new StringBuilder();
        Write(text, definitions[name], new TemplateScope(dot));
        return text.ToString();
    }

    private static string Indent(long by, string text)
    {
        var blanks = new string(' ', (int)by);
        return blanks + text.Replace("\n", "\n" + blanks, StringComparison.Ordinal);
    }

    private static string Format(string format, object?[] arguments)
    {
        var next = 0;
        return Verbs().Replace(format, _ => Print(arguments[next++]));
    }

    private static string Print(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static bool IsTrue(object? value) => value switch
    {
        null or false or 0L or "" => false,
        System.Collections.ICollection collection => collection.Count > 0,
        _ => true,
    };

    [GeneratedRegex(@"^(?<name>\$\w+) (?<new>:)?= ")]
    private static partial Regex Declaration();

    [GeneratedRegex("%[sdv]")]
    private static partial Regex Verbs();
}
