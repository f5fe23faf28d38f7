using System.Globalization;
using Gateway.Emulator.Validation;

namespace Gateway.Emulator.Selectors;

/// <summary>Parses the grammar of apimachinery's <c>labels.Parse</c>: first tokens, then requirements separated by commas.</summary>
internal sealed class LabelSelectorParser
{
    private const string Special = "=!(),><";

    private readonly List<string> _tokens = [];
    private int _position;

    public LabelSelectorParser(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            var length = Special.Contains(text[at])
                ? text.AsSpan(at) is ['=', '=', ..] or ['!', '=', ..] ? 2 : 1
                : text.AsSpan(at).IndexOfAny("=!(),>< \t\r\n") is var end and >= 0 ? end : text.Length - at;
            _tokens.Add(text.Substring(at, length));
            at += length;
        }
    }

    private string Next => _position < _tokens.Count ? _tokens[_position] : "";

    public IReadOnlyList<LabelRequirement> Parse()
    {
        var requirements = new List<LabelRequirement>();
        while (true)
        {
            requirements.Add(Requirement());
            var separator = Take();
            if (separator.Length == 0)
                return requirements;
            if (separator != ",")
                throw new FormatException($"found '{separator}', expected: ',' or 'end of string'");
            if (!IsIdentifier(Next) && Next != "!")
                throw new FormatException($"found '{Next}', expected: identifier after ','");
        }
    }

    private LabelRequirement Requirement()
    {
        var requirement = ReadRequirement();
        if (MetadataRules.KeyFaults(requirement.Key).FirstOrDefault() is { } fault)
            throw Failure($"<nil>: Invalid value: \"{requirement.Key}\": {fault}");
        for (var index = 0; index < requirement.Values.Count; index++)
        {
            var value = requirement.Values[index];
            if (requirement.Operator is LabelOperator.GreaterThan or LabelOperator.LessThan && !long.TryParse(value, CultureInfo.InvariantCulture, out _))
                throw Failure($"values[{index}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer");
            if (MetadataRules.ValueFault(value) is { } wrong)
                throw Failure($"values[{index}][{requirement.Key}]: Invalid value: \"{value}\": {wrong}");
        }
        return requirement;
    }

    private LabelRequirement ReadRequirement()
    {
        if (Next == "!")
        {
            Take();
            return new LabelRequirement(Identifier(), LabelOperator.DoesNotExist, []);
        }
        var key = Identifier();
        switch (Next)
        {
            case "" or ",":
                return new LabelRequirement(key, LabelOperator.Exists, []);
            case "=" or "==":
                Take();
                return new LabelRequirement(key, LabelOperator.In, [ExactValue()]);
            case "!=":
                Take();
                return new LabelRequirement(key, LabelOperator.NotIn, [ExactValue()]);
            case ">" or "<":
                return new LabelRequirement(key, Take() == ">" ? LabelOperator.GreaterThan : LabelOperator.LessThan, [ExactValue()]);
            case "in" or "notin":
                return new LabelRequirement(key, Take() == "in" ? LabelOperator.In : LabelOperator.NotIn, Values());
            default:
                throw Failure($"found '{Next}', expected: in, notin, =, ==, !=, gt, lt");
        }
    }

    private string ExactValue() => Next is "" or "," ? "" : Identifier();

    private List<string> Values()
    {
        if (Take() != "(")
            throw Failure($"found '{_tokens[Math.Min(_position, _tokens.Count) - 1]}' expected: '('");
        var values = new List<string>();
        while (true)
        {
            values.Add(Next is "," or ")" ? "" : Identifier());
            var token = Take();
            if (token == ")")
                return values;
            if (token != ",")
                throw Failure($"found '{token}', expected: ',' or ')'");
        }
    }

    private string Identifier() => IsIdentifier(Next) ? Take() : throw Failure($"found '{Next}', expected: identifier");

    private string Take() => _position < _tokens.Count ? _tokens[_position++] : "";

    private static bool IsIdentifier(string token) => token.Length > 0 && !Special.Contains(token[0]);

    private static FormatException Failure(string message) => new("unable to parse requirement: " + message);
}
