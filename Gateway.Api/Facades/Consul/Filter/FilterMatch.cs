using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Api.Facades.Consul.Filter;

internal enum FilterOperator
{
    Equal,
    In,
    IsEmpty,
    Matches,
}

/// <summary>One comparison of a filter, checked for its field's kind when it is made. Immutable.</summary>
internal sealed class FilterMatch<T>
{
    private readonly FilterField<T> _field;
    private readonly FilterOperator _operator;
    private readonly string _value;
    private readonly object? _typed;
    private readonly Regex? _pattern;

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
        _pattern = @operator == FilterOperator.Matches ? FilterPattern.Of(value) : null;
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
        _ => text is not null && FilterPattern.IsMatch(_pattern!, text),
    };
}

/// <summary>
/// Patterns of Go's syntax (RE2), which is linear in time. The platform's engine without backtracking is too; what it does not know is refused, and so is
/// what would make a large automaton.
/// </summary>
internal static partial class FilterPattern
{
    // RE2's own limit for one repetition; here for all of a pattern together.
    private const int MaxRepetitions = 1000;

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    public static Regex Of(string pattern)
    {
        if (pattern.Length > FilterLimits.MaxPatternLength)
            throw new FilterFault($"error parsing regexp: the expression is longer than {FilterLimits.MaxPatternLength} characters");
        var repetitions = 1L;
        foreach (Match count in Repetition().Matches(pattern))
            repetitions = Math.Min(repetitions * Math.Max(1, int.TryParse(count.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue), int.MaxValue);
        if (repetitions > MaxRepetitions)
            throw new FilterFault($"error parsing regexp: invalid repeat count: `{pattern}`");
        try
        {
            return new Regex(
                pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Longest);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FilterFault($"error parsing regexp: invalid or unsupported syntax: `{pattern}`");
        }
    }

    public static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new FilterFault($"the expression `{pattern}` takes too long");
        }
    }

    // The larger bound of {n}, {n,} and {n,m}.
    [GeneratedRegex(@"\{(?:\d+,)?(\d+),?\}")]
    private static partial Regex Repetition();
}
