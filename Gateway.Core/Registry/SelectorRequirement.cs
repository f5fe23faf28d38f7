using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Core.Registry;

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
