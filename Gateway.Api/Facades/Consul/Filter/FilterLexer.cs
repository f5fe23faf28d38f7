using System.Text;

namespace Gateway.Api.Facades.Consul.Filter;

/// <summary>Splits a filter into its words, quoted texts and signs. Used by one parser.</summary>
internal sealed class FilterLexer(string text)
{
    private int _position;

    /// <summary>The next token; one of kind End after the last.</summary>
    public FilterToken Next()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            _position++;
        var start = _position;
        if (start == text.Length)
            return new FilterToken(FilterTokenKind.End, "", start);
        var first = text[start];
        if (first is '"' or '`')
            return Quoted(first);
        if (first is '=' or '!')
            return start + 1 < text.Length && text[start + 1] == '=' ? Sign(2) : throw FilterFault.At(start, $"unexpected '{first}'");
        if (first is '(' or ')' or '.' or '[' or ']')
            return Sign(1);
        while (_position < text.Length && IsOfWord(text[_position]))
            _position++;
        return _position > start
            ? new FilterToken(FilterTokenKind.Word, text[start.._position], start)
            : throw FilterFault.At(start, $"unexpected '{first}'");
    }

    /// <summary>The whole number or fraction that goes on after <paramref name="token"/>: <c>1.5</c> is one value, not a path.</summary>
    public FilterToken WithFraction(FilterToken token)
    {
        if (!token.Text.All(static c => char.IsAsciiDigit(c) || c == '-') || _position + 1 >= text.Length || text[_position] != '.' || !char.IsAsciiDigit(text[_position + 1]))
            return token;
        var start = _position++;
        while (_position < text.Length && char.IsAsciiDigit(text[_position]))
            _position++;
        return token with { Text = token.Text + text[start.._position] };
    }

    private static bool IsOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '/' or ':' or '%' or '$';

    private FilterToken Sign(int length)
    {
        var token = new FilterToken(FilterTokenKind.Sign, text.Substring(_position, length), _position);
        _position += length;
        return token;
    }

    private FilterToken Quoted(char quote)
    {
        var start = _position++;
        var value = new StringBuilder();
        while (_position < text.Length && text[_position] != quote)
        {
            var c = text[_position++];
            if (c == '\\' && quote == '"')
            {
                if (_position == text.Length)
                    break;
                c = text[_position++] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    var other => other,
                };
            }

            value.Append(c);
        }

        if (_position++ >= text.Length)
            throw FilterFault.At(start, "unterminated string literal");
        return new FilterToken(FilterTokenKind.Text, value.ToString(), start);
    }
}

internal enum FilterTokenKind
{
    Word,
    Text,
    Sign,
    End,
}

internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int At)
{
    public bool Is(string word) => Kind is FilterTokenKind.Word or FilterTokenKind.Sign && Text == word;
}

/// <summary>A filter cannot be read, or compared; the message is what Consul's client is shown.</summary>
internal sealed class FilterFault(string message) : Exception(message)
{
    public static FilterFault At(int position, string what) => new($"1:{position + 1} ({position}): no match found: {what}");
}
