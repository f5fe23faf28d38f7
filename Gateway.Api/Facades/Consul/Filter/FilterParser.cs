namespace Gateway.Api.Facades.Consul.Filter;

/// <summary>
/// The filter expressions of Consul (go-bexpr): <c>==</c>, <c>!=</c>, <c>in</c>, <c>contains</c>, <c>matches</c>, <c>is empty</c> and their negations,
/// joined by <c>and</c>, <c>or</c>, <c>not</c> and parentheses. Bounded in length, comparisons and depth. Reads one filter.
/// </summary>
internal sealed class FilterParser<T>
{
    private readonly FilterSchema<T> _schema;
    private readonly FilterLexer _lexer;
    private FilterToken _token;
    private int _comparisons;
    private int _depth;

    private FilterParser(string text, FilterSchema<T> schema)
    {
        (_schema, _lexer) = (schema, new FilterLexer(text));
        _token = _lexer.Next();
    }

    /// <summary>Whether an item fits. Throws <see cref="FilterFault"/>; so may the result, where a pattern takes too long.</summary>
    public static Func<T, bool> Read(string text, FilterSchema<T> schema)
    {
        if (text.Length > FilterLimits.MaxLength)
            throw new FilterFault($"the expression is longer than {FilterLimits.MaxLength} characters");
        var parser = new FilterParser<T>(text, schema);
        var read = parser.Or();
        return parser._token.Kind == FilterTokenKind.End ? read : throw parser.Unexpected();
    }

    private Func<T, bool> Or()
    {
        if (++_depth > FilterLimits.MaxDepth)
            throw new FilterFault($"the expression is nested more than {FilterLimits.MaxDepth} deep");
        var left = And();
        while (Take("or"))
        {
            var (first, second) = (left, And());
            left = item => first(item) || second(item);
        }

        _depth--;
        return left;
    }

    private Func<T, bool> And()
    {
        var left = Not();
        while (Take("and"))
        {
            var (first, second) = (left, Not());
            left = item => first(item) && second(item);
        }

        return left;
    }

    private Func<T, bool> Not()
    {
        var isNegated = false;
        while (Take("not"))
            isNegated = !isNegated;
        var inner = One();
        return isNegated ? item => !inner(item) : inner;
    }

    private Func<T, bool> One()
    {
        if (!Take("("))
            return Comparison();
        var inner = Or();
        return Take(")") ? inner : throw Unexpected();
    }

    private Func<T, bool> Comparison()
    {
        if (++_comparisons > FilterLimits.MaxComparisons)
            throw new FilterFault($"the expression has more than {FilterLimits.MaxComparisons} comparisons");
        if (_token.Kind is FilterTokenKind.Sign or FilterTokenKind.End)
            throw Unexpected();
        var isQuoted = _token.Kind == FilterTokenKind.Text;
        var left = Path();
        if (Take("=="))
            return Compare(left, FilterOperator.Equal, Value(), false);
        if (Take("!="))
            return Compare(left, FilterOperator.Equal, Value(), true);
        if (Take("is"))
        {
            var isNot = Take("not");
            return Take("empty") ? Compare(left, FilterOperator.IsEmpty, "", isNot) : throw Unexpected();
        }

        var isNegated = Take("not");
        if (Take("in"))
            return _token.Kind == FilterTokenKind.Word ? Compare(Path(), FilterOperator.In, isQuoted ? left[0] : string.Join('.', left), isNegated) : throw Unexpected();
        if (Take("contains"))
            return Compare(left, FilterOperator.In, Value(), isNegated);
        if (Take("matches"))
            return Compare(left, FilterOperator.Matches, Value(), isNegated);
        throw Unexpected();
    }

    private Func<T, bool> Compare(IReadOnlyList<string> path, FilterOperator @operator, string value, bool isNegated)
    {
        var selector = string.Join('.', path);
        var field = _schema.Find(path) ?? throw new FilterFault($"Selector \"{selector}\" is not valid");
        var match = new FilterMatch<T>(selector, field, @operator, value);
        return isNegated ? item => !match.IsMet(item) : match.IsMet;
    }

    /// <summary>A selector; or a value before <c>in</c>, which looks alike.</summary>
    private List<string> Path()
    {
        List<string> path = [];
        if (_token.Kind == FilterTokenKind.Text)
        {
            path.Add(_token.Text);
            Advance();
            return path;
        }

        _token = _lexer.WithFraction(_token);
        path.Add(_token.Text);
        Advance();
        while (true)
        {
            if (Take("."))
            {
                if (_token.Kind != FilterTokenKind.Word)
                    throw Unexpected();
                path.Add(_token.Text);
                Advance();
            }
            else if (Take("["))
            {
                if (_token.Kind != FilterTokenKind.Text)
                    throw Unexpected();
                path.Add(_token.Text);
                Advance();
                if (!Take("]"))
                    throw Unexpected();
            }
            else
            {
                return path;
            }
        }
    }

    private string Value() => _token.Kind is FilterTokenKind.Word or FilterTokenKind.Text ? string.Join('.', Path()) : throw Unexpected();

    private bool Take(string word)
    {
        if (!_token.Is(word))
            return false;
        Advance();
        return true;
    }

    private void Advance() => _token = _lexer.Next();

    private FilterFault Unexpected() =>
        FilterFault.At(_token.At, _token.Kind == FilterTokenKind.End ? "unexpected end of the expression" : $"unexpected '{_token.Text}'");
}

/// <summary>How large an expression may be.</summary>
internal static class FilterLimits
{
    public const int MaxLength = 4096;
    public const int MaxComparisons = 64;
    public const int MaxDepth = 32;
    public const int MaxPatternLength = 256;
}
