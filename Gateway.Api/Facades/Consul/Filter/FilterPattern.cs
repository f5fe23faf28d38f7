using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Api.Facades.Consul.Filter;

/// <summary>
/// A pattern of Go's syntax (RE2), which is linear in time. The platform's engine without backtracking is too; what it does not know is refused, and so is
/// what would make a large automaton, and what costs too much over all texts of one call. Used by one call.
/// </summary>
internal sealed partial class FilterPattern
{
    // RE2's own limit for one repetition; here for all of a pattern together.
    private const int MaxRepetitions = 1000;

    // States of the automaton times characters, at most. A pattern as clients write them spends a few hundred a text.
    private const long Budget = 200_000_000;

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    private readonly Regex _regex;
    private readonly long _states;
    private long _left = Budget;

    public FilterPattern(string pattern)
    {
        if (pattern.Length > FilterLimits.MaxPatternLength)
            throw new FilterFault($"error parsing regexp: the expression is longer than {FilterLimits.MaxPatternLength} characters");
        var repetitions = RepetitionsOf(pattern);
        if (repetitions > MaxRepetitions)
            throw new FilterFault($"error parsing regexp: invalid repeat count: `{pattern}`");
        _states = pattern.Length * repetitions;
        try
        {
            _regex = new Regex(
                pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Longest);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FilterFault($"error parsing regexp: invalid or unsupported syntax: `{pattern}`");
        }
    }

    public bool IsMatch(string text)
    {
        _left -= _states * (text.Length + 1);
        if (_left < 0)
            throw TakesTooLong();
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw TakesTooLong();
        }
    }

    private FilterFault TakesTooLong() => new($"the expression `{_regex}` takes too long");

    /// <summary>At most how many times a part of the pattern is in its automaton: what repeats groups multiplies what is in them.</summary>
    private static long RepetitionsOf(string pattern)
    {
        var (single, groups) = (0L, 1L);
        foreach (Match found in Repetition().Matches(pattern))
        {
            var most = Math.Max(1, int.TryParse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var said) ? said : int.MaxValue);
            if (found.Index > 0 && pattern[found.Index - 1] == ')')
                groups = Math.Min(groups * most, int.MaxValue);
            else
                single = Math.Min(single + most, int.MaxValue);
        }

        return Math.Min(Math.Max(1, single) * groups, int.MaxValue);
    }

    // The larger bound of {n}, {n,} and {n,m}.
    [GeneratedRegex(@"\{(?:\d+,)?(\d+),?\}")]
    private static partial Regex Repetition();
}
