using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Core.Kubernetes.Selectors;

/// <summary>
/// A selector over an instance's metadata in the syntax of Kubernetes' label selectors: <c>a=b</c>, <c>a==b</c>, <c>a!=b</c>, <c>a in
/// (b,c)</c>, <c>a notin (b,c)</c>, <c>a</c>, <c>!a</c>, <c>a&gt;1</c>, <c>a&lt;1</c>, joined by commas; all must match. Keys and values
/// are not limited to the characters of labels, since metadata is not.
/// </summary>
public sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly ImmutableArray<SelectorRequirement> _requirements;
    private string? _text;

    internal LabelSelector(IEnumerable<SelectorRequirement> requirements) =>
        _requirements = [.. requirements.OrderBy(static one => one.ToString(), StringComparer.Ordinal).DistinctBy(static one => one.ToString())];

    /// <summary>How many requirements there are, each counted once.</summary>
    public int Requirements => _requirements.Length;

    /// <summary>How many values all requirements have together.</summary>
    public int Values => _requirements.Sum(static one => one.Values.Length);

    public bool IsEmpty => _requirements.IsEmpty;

    public static bool TryParse(string text, out LabelSelector selector, out SelectorFault? fault)
    {
        fault = new LabelSelectorParser(text).Parse(out var requirements);
        selector = fault is null ? new LabelSelector(requirements) : Everything;
        return fault is null;
    }

    /// <summary>
    /// Whether a Service's selector selects a pod with these labels: it has each label with that value. A Service without a selector, or
    /// with an empty one, selects nothing.
    /// </summary>
    public static bool Selects(IReadOnlyDictionary<string, string>? ofService, IReadOnlyDictionary<string, string> labels)
    {
        if (ofService is not { Count: > 0 })
            return false;
        foreach (var (key, value) in ofService)
        {
            if (!labels.TryGetValue(key, out var found) || found != value)
                return false;
        }

        return true;
    }

    /// <summary>The first requirement, in the order of the canonical text, that is not met; null: all are.</summary>
    public SelectorRequirement? FirstUnmet(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(metadata))
                return requirement;
        }

        return null;
    }

    public bool Matches(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(metadata))
                return false;
        }

        return true;
    }

    /// <summary>A canonical text, equal for equal selectors however they were written.</summary>
    public override string ToString() => _text ??= string.Join(',', _requirements);
}

/// <summary>One requirement of a selector. Values are sorted (ordinal), and empty for an operator without values.</summary>
public sealed record SelectorRequirement(string Key, SelectorOperator Operator, ImmutableArray<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> metadata)
    {
        var found = metadata.TryGetValue(Key, out var value);
        return Operator switch
        {
            SelectorOperator.In => found && Values.Contains(value!),
            SelectorOperator.NotIn => !found || !Values.Contains(value!),
            SelectorOperator.Exists => found,
            SelectorOperator.Missing => !found,
            _ => found && Compares(value!),
        };
    }

    public override string ToString() => Operator switch
    {
        SelectorOperator.In => $"{Key} in ({string.Join(',', Values)})",
        SelectorOperator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        SelectorOperator.Exists => Key,
        SelectorOperator.Missing => $"!{Key}",
        SelectorOperator.GreaterThan => $"{Key}>{Values[0]}",
        _ => $"{Key}<{Values[0]}",
    };

    private bool Compares(string value)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return false;
        var bound = long.Parse(Values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return Operator == SelectorOperator.GreaterThan ? number > bound : number < bound;
    }
}

/// <summary>The condition of one requirement of a selector (Kubernetes API, label selectors).</summary>
public enum SelectorOperator
{
    /// <summary>The key exists and its value is one of those given.</summary>
    In,

    /// <summary>The key is missing or its value is none of those given.</summary>
    NotIn,
    Exists,
    Missing,

    /// <summary>The value is an integer above the one given.</summary>
    GreaterThan,

    /// <summary>The value is an integer below the one given.</summary>
    LessThan,
}

/// <summary>Why a selector cannot be parsed: the zero-based position of the fault, and what was found or missing there.</summary>
public sealed record SelectorFault(int Position, string Detail);
