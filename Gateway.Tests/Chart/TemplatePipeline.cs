using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Chart;

/// <summary>Evaluates one pipeline: <c>function argument … | function …</c>, with fields, variables, literals and parentheses.</summary>
internal sealed partial class TemplatePipeline
{
    private readonly List<string> _tokens;
    private readonly TemplateScope _scope;
    private readonly Func<string, object?[], object?> _call;
    private int _next;

    private TemplatePipeline(string text, TemplateScope scope, Func<string, object?[], object?> call)
    {
        _tokens = [.. Tokens().Matches(text).Select(static match => match.Value)];
        string.Concat(_tokens).ShouldBe(Blanks().Replace(text, static match => match.Groups["kept"].Value), $"'{text}' holds something that is not understood");
        (_scope, _call) = (scope, call);
    }

    private string? Peek => _next < _tokens.Count ? _tokens[_next] : null;

    public static object? Evaluate(string text, TemplateScope scope, Func<string, object?[], object?> call)
    {
        var pipeline = new TemplatePipeline(text, scope, call);
        var value = pipeline.ReadPipeline();
        pipeline.Peek.ShouldBeNull($"'{text}' goes on where it should end");
        return value;
    }

    private object? ReadPipeline()
    {
        var value = ReadCommand([]);
        while (Peek == "|")
        {
            _next++;
            value = ReadCommand([value]);
        }

        return value;
    }

    private object? ReadCommand(object?[] piped)
    {
        var head = Peek ?? throw new FormatException("a command is missing");
        if (char.IsAsciiLetter(head[0]) && head is not ("true" or "false" or "nil"))
        {
            _next++;
            return _call(head, [.. ReadArguments(), .. piped]);
        }

        var value = ReadOperand();
        return value is Func<string, object?> method ? method((string)ReadArguments().Single()!) : value;
    }

    private List<object?> ReadArguments()
    {
        var arguments = new List<object?>();
        while (Peek is not (null or "|" or ")"))
            arguments.Add(ReadOperand());
        return arguments;
    }

    private object? ReadOperand()
    {
        var token = _tokens[_next++];
        switch (token[0])
        {
            case '"':
                return token[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
            case '`':
                return token[1..^1];
            case '(':
                var inner = ReadPipeline();
                _tokens[_next++].ShouldBe(")");
                return inner;
            case '.':
                return Fields(_scope.Dot, token);
            case '$':
                var name = token.Split('.')[0];
                return Fields(_scope[name], token[name.Length..]);
            default:
                return token switch
                {
                    "true" => true,
                    "false" => false,
                    "nil" => null,
                    _ when char.IsAsciiLetter(token[0]) => _call(token, []),
                    _ => long.Parse(token, CultureInfo.InvariantCulture),
                };
        }
    }

    private static object? Fields(object? value, string path)
    {
        foreach (var field in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            value = value is IDictionary<string, object?> map ? map.TryGetValue(field, out var found) ? found : null : throw new FormatException($"{path}: {field} is asked of what is no map");
        return value;
    }

    [GeneratedRegex(@"""(?:\\.|[^""\\])*""|`[^`]*`|\$\w*(?:\.\w+)*|(?:\.\w+)+|\.|-?\d+|[A-Za-z]\w*|[|()]")]
    private static partial Regex Tokens();

    [GeneratedRegex(@"(?<kept>""(?:\\.|[^""\\])*""|`[^`]*`)|\s+")]
    private static partial Regex Blanks();
}
