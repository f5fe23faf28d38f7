using System.Collections.Immutable;

namespace Gateway.Api.Facades.Consul.Filter;

/// <summary>What a selector names in each item, and of which kind it is, which decides the operators that it has.</summary>
internal sealed record FilterField<T>(FilterKind Kind, Func<T, object?> Value)
{
    public static FilterField<T> Text(Func<T, string?> value) => new(FilterKind.Text, value);

    public static FilterField<T> Number(Func<T, long> value) => new(FilterKind.Number, item => value(item));

    public static FilterField<T> Flag(Func<T, bool> value) => new(FilterKind.Flag, item => value(item));

    public static FilterField<T> Texts(Func<T, ImmutableArray<string>> value) => new(FilterKind.Texts, item => value(item));

    /// <summary>A member of the items of a list: an operator is met when one of them meets it.</summary>
    public static FilterField<T> AnyOf(Func<T, IEnumerable<string>> value) => new(FilterKind.AnyOf, value);

    public static FilterField<T> Map(Func<T, IReadOnlyDictionary<string, string>> value) => new(FilterKind.Map, value);
}

internal enum FilterKind
{
    Text,
    Number,
    Flag,
    Texts,
    AnyOf,
    Map,
}

/// <summary>The selectors of one kind of answer. Immutable.</summary>
internal sealed class FilterSchema<T>(params (string Path, FilterField<T> Field)[] fields)
{
    private readonly Dictionary<string, FilterField<T>> _fields = fields.ToDictionary(static one => one.Path, static one => one.Field, StringComparer.Ordinal);

    /// <summary>Null: there is no such selector. The last part of a map's is a key, whatever it contains.</summary>
    public FilterField<T>? Find(IReadOnlyList<string> path)
    {
        if (_fields.GetValueOrDefault(string.Join('.', path)) is { } field)
            return field;
        for (var head = path.Count - 1; head > 0; head--)
        {
            if (_fields.GetValueOrDefault(string.Join('.', path.Take(head))) is { Kind: FilterKind.Map } map)
            {
                var key = string.Join('.', path.Skip(head));
                return FilterField<T>.Text(item => ((IReadOnlyDictionary<string, string>)map.Value(item)!).GetValueOrDefault(key));
            }
        }

        return null;
    }
}
