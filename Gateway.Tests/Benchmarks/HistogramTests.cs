using Gateway.Benchmarks.Processes;

namespace Gateway.Tests.Benchmarks;

/// <summary>A histogram of /metrics is read as Prometheus reads it.</summary>
public sealed class HistogramTests
{
    private const string Page = """
        # TYPE a_seconds histogram
        a_seconds_bucket{le="0.0001"} 10 1764340000000
        a_seconds_bucket{le="0.0005"} 30
        a_seconds_bucket{le="0.001"} 40
        a_seconds_bucket{le="+Inf"} 40
        a_seconds_sum 1
        a_seconds_count 40
        a_seconds_other_bucket{le="0.0001"} 7
        """;

    [Fact]
    public void AQuantileLiesWithinItsBucket()
    {
        var histogram = Histogram.Of(Page, "a_seconds");

        histogram.Count.ShouldBe(40);
        histogram.Quantile(0.5).ShouldBe(0.0003, 1e-9);
        histogram.Quantile(0.25).ShouldBe(0.0001, 1e-9);
        histogram.PartWithin(0.0005).ShouldBe(0.75);
        Histogram.Of(Page, "b_seconds").Count.ShouldBe(0);
    }

    [Fact]
    public void OnlyWhatCameSinceAnEarlierPageCounts()
    {
        var earlier = Histogram.Of("a_seconds_bucket{le=\"0.0001\"} 10\na_seconds_bucket{le=\"0.0005\"} 10\na_seconds_bucket{le=\"0.001\"} 10\na_seconds_bucket{le=\"+Inf\"} 10", "a_seconds");
        var since = Histogram.Of(Page, "a_seconds").Since(earlier);

        since.Count.ShouldBe(30);
        since.PartWithin(0.0001).ShouldBe(0);
        since.And(since).Count.ShouldBe(60);
        Histogram.Of(Page, "a_seconds").Since(new Histogram([])).Count.ShouldBe(40);
    }

    [Fact]
    public void SeriesOfOneHistogramAreAdded() =>
        Histogram.Of("a_seconds_bucket{x=\"1\",le=\"1\"} 1\na_seconds_bucket{x=\"2\",le=\"1\"} 2\na_seconds_bucket{x=\"2\",le=\"+Inf\"} 2\na_seconds_bucket{x=\"1\",le=\"+Inf\"} 5", "a_seconds")
            .Buckets.ShouldBe([(1, 3), (double.PositiveInfinity, 7)]);
}
