using System.Globalization;

namespace Gateway.Tests.Operations;

/// <summary>A metric as a scrape told it.</summary>
internal sealed class PrometheusFamily(string name)
{
    public string Name { get; } = name;

    public string? Type { get; set; }

    /// <summary>Which of TYPE, HELP and UNIT came.</summary>
    public HashSet<string> Described { get; } = new(StringComparer.Ordinal);

    public List<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> Samples { get; } = [];

    public void Take(string sample, IReadOnlyDictionary<string, string> labels, double value, bool isOpenMetrics)
    {
        Type.ShouldNotBeNull($"{sample} comes before its TYPE");
        string[] allowed = Type switch
        {
            "histogram" => [Name + "_bucket", Name + "_sum", Name + "_count", .. isOpenMetrics ? [Name + "_created"] : Array.Empty<string>()],
            "counter" => isOpenMetrics ? [Name + "_total", Name + "_created"] : [Name],
            _ => [Name],
        };
        sample.ShouldBeOneOf(allowed);
        if (Type == "counter")
            value.ShouldBeGreaterThanOrEqualTo(0);
        Samples.Add((sample, labels, value));
    }

    /// <summary>A histogram's buckets rise, end with +Inf, and agree with the count.</summary>
    public void Check()
    {
        Samples.ShouldNotBeEmpty(Name);
        Described.IsSupersetOf(["TYPE", "HELP"]).ShouldBeTrue(Name);
        if (Type != "histogram")
            return;
        foreach (var series in Samples.GroupBy(static sample => string.Join(",", sample.Labels.Where(static label => label.Key != "le"))))
        {
            var buckets = series.Where(sample => sample.Name == Name + "_bucket").ToList();
            var bounds = buckets.ConvertAll(static bucket => bucket.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(bucket.Labels["le"], CultureInfo.InvariantCulture));
            bounds.ShouldBe(bounds.Order());
            bounds[^1].ShouldBe(double.PositiveInfinity);
            buckets.ConvertAll(static bucket => bucket.Value).ShouldBe(buckets.Select(static bucket => bucket.Value).Order());
            series.Single(sample => sample.Name == Name + "_count").Value.ShouldBe(buckets[^1].Value);
            series.Count(sample => sample.Name == Name + "_sum").ShouldBe(1);
        }
    }
}
