using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>
/// A selector over an instance's metadata in the syntax of Kubernetes' label selectors: <c>a=b</c>, <c>a==b</c>, <c>a!=b</c>, <c>a in
/// (b,c)</c>, <c>a notin (b,c)</c>, <c>a</c>, <c>!a</c>, <c>a&gt;1</c>, <c>a&lt;1</c>, joined by commas; all must match. Keys and values
/// are not limited to the characters of labels, since metadata is not.
/// </summary>
public sealed class MetadataSelector
{
    public static readonly MetadataSelector Everything = new([]);

    private readonly ImmutableArray<SelectorRequirement> _requirements;
    private string? _text;

    internal MetadataSelector(IEnumerable<SelectorRequirement> requirements) =>
        _requirements = [.. requirements.OrderBy(static one => one.ToString(), StringComparer.Ordinal).DistinctBy(static one => one.ToString())];

    public bool IsEmpty => _requirements.IsEmpty;

    public ImmutableArray<SelectorRequirement> Requirements => _requirements;

    public static bool TryParse(string text, out MetadataSelector selector, out SelectorFault? fault)
    {
        fault = new MetadataSelectorParser(text).Parse(out var requirements);
        selector = fault is null ? new MetadataSelector(requirements) : Everything;
        return fault is null;
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
