using System.Globalization;

namespace Gateway.Core.Kubernetes.Selectors;

/// <summary>Parses one selector. The grammar is that of k8s.io/apimachinery pkg/labels Parse.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string Special = "=!(),<>";

    private int _position;

    public SelectorFault? Parse(out List<SelectorRequirement> requirements)
    {
        requirements = [];
        SkipSpace();
        if (_position == text.Length)
            return null;
        while (true)
        {
            if (ParseRequirement(requirements) is { } fault)
                return fault;
            SkipSpace();
            if (_position == text.Length)
                return null;
            if (!Take(','))
                return Expected("',' or the end");
        }
    }

    private SelectorFault? ParseRequirement(List<SelectorRequirement> requirements)
    {
        SkipSpace();
        var negated = Take('!');
        SkipSpace();
        var key = Word();
        if (key.Length == 0)
            return Expected("a key");
        SkipSpace();
        if (negated || _position == text.Length || text[_position] == ',')
        {
            requirements.Add(new SelectorRequirement(key, negated ? SelectorOperator.Missing : SelectorOperator.Exists, []));
            return null;
        }

        return ParseOperator(key, requirements);
    }

    private SelectorFault? ParseOperator(string key, List<SelectorRequirement> requirements)
    {
        var start = _position;
        switch (text[_position])
        {
            case '=':
                _position++;
                Take('=');
                return ParseValue(key, SelectorOperator.In, requirements);
            case '!' when start + 1 < text.Length && text[start + 1] == '=':
                _position += 2;
                return ParseValue(key, SelectorOperator.NotIn, requirements);
            case '<' or '>':
                _position++;
                return ParseNumber(key, text[start] == '>' ? SelectorOperator.GreaterThan : SelectorOperator.LessThan, requirements);
        }

        var word = Word();
        if (word is "in" or "notin")
            return ParseSet(key, word == "in" ? SelectorOperator.In : SelectorOperator.NotIn, requirements);
        _position = start;
        return Expected("'=', '==', '!=', '<', '>', 'in', 'notin' or ','");
    }

    private SelectorFault? ParseValue(string key, SelectorOperator @operator, List<SelectorRequirement> requirements)
    {
        SkipSpace();
        requirements.Add(new SelectorRequirement(key, @operator, [Word()]));
        return null;
    }

    private SelectorFault? ParseNumber(string key, SelectorOperator @operator, List<SelectorRequirement> requirements)
    {
        SkipSpace();
        var start = _position;
        var word = Word();
        if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            _position = start;
            return Expected("an integer");
        }

        requirements.Add(new SelectorRequirement(key, @operator, [word]));
        return null;
    }

    private SelectorFault? ParseSet(string key, SelectorOperator @operator, List<SelectorRequirement> requirements)
    {
        SkipSpace();
        if (!Take('('))
            return Expected("'('");
        var values = new SortedSet<string>(StringComparer.Ordinal);
        do
        {
            SkipSpace();
            values.Add(Word());
            SkipSpace();
        }
        while (Take(','));
        if (!Take(')'))
            return Expected("',' or ')'");
        requirements.Add(new SelectorRequirement(key, @operator, [.. values]));
        return null;
    }

    private bool Take(char wanted)
    {
        if (_position == text.Length || text[_position] != wanted)
            return false;
        _position++;
        return true;
    }

    private string Word()
    {
        var start = _position;
        while (_position < text.Length && !char.IsWhiteSpace(text[_position]) && !Special.Contains(text[_position]))
            _position++;
        return text[start.._position];
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            _position++;
    }

    private SelectorFault Expected(string what) =>
        new(_position, _position == text.Length ? $"expected {what}, found the end" : $"expected {what}, found '{text[_position]}'");
}
