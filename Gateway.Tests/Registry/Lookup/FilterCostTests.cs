using Gateway.Core.Kubernetes.Selectors;

namespace Gateway.Tests.Registry.Lookup;

/// <summary>What a selector costs to read and to apply, counted in allocations, so that a busy machine changes nothing.</summary>
public sealed class FilterCostTests
{
    public static TheoryData<string> Names => [.. Selectors.Keys];

    private static readonly Dictionary<string, (int Size, Func<int, string> Selector)> Selectors = new()
    {
        ["requirements"] = (16, static size => string.Join(',', Enumerable.Range(0, size).Select(static i => $"k{i}=v"))),
        ["keys that must exist"] = (16, static size => string.Join(',', Enumerable.Range(0, size).Select(static i => $"k{i}"))),
        ["values"] = (50, static size => $"k in ({string.Join(',', Enumerable.Range(0, size).Select(static i => $"v{i}"))})"),
        ["values that are excluded"] = (50, static size => $"k notin ({string.Join(',', Enumerable.Range(0, size).Select(static i => $"v{i}"))})"),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void ASelectorTwiceAsLargeCostsLessThanThreeTimesAsMuch(string name)
    {
        var (size, selector) = Selectors[name];
        var metadata = Enumerable.Range(0, 100).ToDictionary(static i => $"k{i}", static _ => "v", StringComparer.Ordinal);
        var (small, large) = (selector(size), selector(2 * size));
        Cost(large, metadata);
        Cost(large, metadata).ShouldBeLessThan((3 * Cost(small, metadata)) + 4096);
    }

    private static long Cost(string text, IReadOnlyDictionary<string, string> metadata)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        LabelSelector.TryParse(text, out var selector, out _).ShouldBeTrue();
        for (var times = 0; times < 100; times++)
            selector.Matches(metadata);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
