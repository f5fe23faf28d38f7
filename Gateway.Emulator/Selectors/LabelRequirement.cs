using System.Globalization;

namespace Gateway.Emulator.Selectors;

internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.Exists => has,
            LabelOperator.DoesNotExist => !has,
            LabelOperator.In => has && Values.Contains(value!),
            LabelOperator.NotIn => !has || !Values.Contains(value!),
            LabelOperator.GreaterThan => has && Compare(value!) > 0,
            _ => has && Compare(value!) < 0,
        };
    }

    private int Compare(string value) =>
        long.TryParse(value, CultureInfo.InvariantCulture, out var number) && long.TryParse(Values[0], CultureInfo.InvariantCulture, out var limit)
            ? number.CompareTo(limit)
            : 0;
}
