using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Api.Facades.Consul.Filter;

internal enum FilterOperator
{
    Equal,
    In,
    IsEmpty,
    Matches,
}

/// <summary>One comparison of a filter, checked for its field's kind when it is made. Used by one call.</summary>
internal sealed class FilterMatch<T>
{
    private readonly FilterField<T> _field;
    private readonly FilterOperator _operator;
    private readonly string _value;
    private readonly object? _typed;
    private readonly FilterPattern? _pattern;

    public FilterMatch(string selector, FilterField<T> field, FilterOperator @operator, string value)
    {
        (_field, _operator, _value) = (field, @operator, value);
        var isKnown = @operator switch
        {
            FilterOperator.Equal => field.Kind is not (FilterKind.Texts or FilterKind.Map),
            FilterOperator.Matches => field.Kind is FilterKind.Text or FilterKind.AnyOf,
            _ => field.Kind is not (FilterKind.Number or FilterKind.Flag),
        };
        if (!isKnown)
            throw new FilterFault($"Invalid match operator \"{NameOf(@operator)}\" for selector \"{selector}\"");
        if (field.Kind == FilterKind.Number)
            _typed = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number : throw Coerced(selector, value, "ParseInt");
        else if (field.Kind == FilterKind.Flag)
            _typed = value switch
            {
                "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
                "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
                _ => throw Coerced(selector, value, "ParseBool"),
            };
        _pattern = @operator == FilterOperator.Matches ? new FilterPattern(value) : null;
    }

    public bool IsMet(T item)
    {
        var found = _field.Value(item);
        return _field.Kind switch
        {
            FilterKind.Number or FilterKind.Flag => Equals(found, _typed),
            FilterKind.Texts => InList((ImmutableArray<string>)found!),
            FilterKind.Map => InMap((IReadOnlyDictionary<string, string>)found!),
            FilterKind.AnyOf when _operator == FilterOperator.IsEmpty => !((IEnumerable<string>)found!).Any(),
            FilterKind.AnyOf => ((IEnumerable<string>)found!).Any(OfText),
            _ => OfText((string?)found),
        };
    }

    private static FilterFault Coerced(string selector, string value, string function) =>
        new($"failed to coerce value \"{value}\" for selector \"{selector}\": strconv.{function}: parsing \"{value}\": invalid syntax");

    private static string NameOf(FilterOperator one) => one switch
    {
        FilterOperator.Equal => "Equal",
        FilterOperator.In => "In",
        FilterOperator.IsEmpty => "Is Empty",
        _ => "Matches",
    };

    private bool InList(ImmutableArray<string> list) => _operator == FilterOperator.IsEmpty ? list.IsEmpty : list.Contains(_value);

    private bool InMap(IReadOnlyDictionary<string, string> map) => _operator == FilterOperator.IsEmpty ? map.Count == 0 : map.ContainsKey(_value);

    private bool OfText(string? text) => _operator switch
    {
        FilterOperator.Equal => text == _value,
        FilterOperator.In => text is not null && text.Contains(_value, StringComparison.Ordinal),
        FilterOperator.IsEmpty => string.IsNullOrEmpty(text),
        _ => text is not null && _pattern!.IsMatch(text),
    };
}
