using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Gateway.Api.Operations;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Operations;

/// <summary>Calls of HTTP are counted as .NET's own metrics of hosting would count them, which are listened to beside them here.</summary>
public sealed class HttpCallTests
{
    private const string Service = "/v1/namespaces/shop/services/greeting";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallsHaveTheLabelsAndCountsOfTheMetricsOfHosting(bool isOpenMetrics)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, map: app =>
        {
            app.MapGet("/early/\"{one}\"", (HttpContext _) => throw new InvalidOperationException("early"));
            app.MapGet("/late", async (HttpContext context) =>
            {
                await context.Response.StartAsync();
                throw new NotSupportedException("late");
            });
        });
        await gateway.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        using var hosting = new HostingRecorder(gateway.Services.GetRequiredService<IMeterFactory>());
        var before = Counts(await ScrapeAsync(gateway, isOpenMetrics));

        string? etag = null;
        foreach (var (method, target) in new[]
        {
            ("GET", Service + "/instances"), ("GET", Service + "/instances"), ("HEAD", Service + "/instances"), ("GET", Service + "/instances?status=any"), ("GET", Service + "/pick"),
            ("GET", "/v1/namespaces/shop/services/missing/pick"), ("GET", Service + "/instances?nonsense=1"), ("GET", "/no/such/path"), ("POST", "/v1/services"), ("FANCY", "/v1/services"),
            ("DELETE", "/v1/registrations/0123"), ("POST", "/v1/registrations"), ("OPTIONS", "/v1/services"), ("GET", "/livez"), ("GET", "/early/\"1\""), ("GET", "/v1/services"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), target);
            using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
            etag ??= answer.Headers.ETag!.ToString();
        }

        using (var request = new HttpRequestMessage(HttpMethod.Get, Service + "/instances"))
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
            answer.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }

        using (var old = new HttpRequestMessage(HttpMethod.Get, Service + "/instances") { Version = HttpVersion.Version10 })
            (await gateway.Http.SendAsync(old, TestContext.Current.CancellationToken).Within()).Dispose();
        await Should.ThrowAsync<HttpRequestException>(() => gateway.Http.GetStringAsync(new Uri("/late", UriKind.Relative)).Within());

        var expected = hosting.Counts();
        expected.Values.Sum().ShouldBe(19);
        var read = Counts(await ScrapeAsync(gateway, isOpenMetrics));
        // The scrape before counts itself once it has ended.
        var counted = read.Where(one => !one.Key.Contains("/metrics", StringComparison.Ordinal))
            .ToDictionary(static one => one.Key, one => one.Value - before.GetValueOrDefault(one.Key)).Where(static one => one.Value > 0).ToDictionary();
        counted.ShouldBe(expected, ignoreOrder: true);
    }

    [Theory]
    [InlineData("HTTP/1.0", "1.0")]
    [InlineData("HTTP/1.1", "1.1")]
    [InlineData("HTTP/2", "2")]
    [InlineData("HTTP/3", "3")]
    public void ACallIsCountedUnderItsVersion(string protocol, string version)
    {
        var calls = new HttpCalls(TimeProvider.System);
        var context = new DefaultHttpContext { Request = { Method = "GET", Protocol = protocol, Scheme = "https" } };
        calls.End(context, calls.Begin(context));
        calls.Series.Single().Labels.ShouldBe(new HttpCallLabels("GET", "https", version, 200));
    }

    [Fact]
    public async Task AStreamIsACallThatRuns()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var stream = await EndToEnd.StreamReader.OpenAsync(registry.Http, Service + "/watch");
        await stream.NextAsync("snapshot");

        // The scrape runs too.
        (await ScrapeAsync(registry.Gateway, false)).Families["http_server_active_requests"].Samples
            .Single(static sample => sample.Labels["http_request_method"] == "GET" && sample.Labels["url_scheme"] == "http").Value.ShouldBe(2);
    }

    [Fact]
    public async Task ACallThatWaitsOrFailsIsActiveUntilItEnds()
    {
        var calls = new HttpCalls(TimeProvider.System);
        var answered = new TaskCompletionSource();
        var context = new DefaultHttpContext { Request = { Method = "PUT", Protocol = "HTTP/2", Scheme = "https" } };
        var waiting = new HttpCallCounter(_ => answered.Task, calls).InvokeAsync(context);
        calls.Active.ShouldBe([("PUT", "https", 1)]);
        calls.Series.ShouldBeEmpty();

        answered.SetException(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(() => waiting.Within());
        Should.Throw<FormatException>(() => { _ = new HttpCallCounter(static _ => throw new FormatException(), calls).InvokeAsync(context); });

        calls.Active.ShouldBe([("PUT", "https", 0)]);
        calls.Series.Select(static series => series.Labels.Error).ShouldBe(["System.TimeoutException", "System.FormatException"], ignoreOrder: true);
    }

    [Fact]
    public void EveryDurationIsInItsBucketAndInTheSum()
    {
        var series = new HttpCallSeries(default, 10_000);
        foreach (var seconds in new[] { 0, 0.005, 0.0051, 9.9, 10, 11, 100 })
            series.Record((long)(seconds * 10_000));

        series.Cumulated().ShouldBe([2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 5, 7]);
        series.Sum.ShouldBe(130.9101, 0.0001);
    }

    [Fact]
    public void CallsOfManyThreadsAreAllCounted()
    {
        var series = new HttpCallSeries(default, 10_000);
        Parallel.For(0, 100_000, _ => series.Record(1));
        series.Cumulated()[^1].ShouldBe(100_000);
    }

    [Fact]
    public void LabelsForWhichThereIsNoRoomAreCountedTogether()
    {
        var calls = new HttpCalls(TimeProvider.System);
        for (var status = 0; status < HttpCalls.MaxSeries + 10; status++)
        {
            var context = new DefaultHttpContext { Response = { StatusCode = status }, Request = { Method = "GET", Protocol = "HTTP/1.1", Scheme = "http" } };
            calls.End(context, calls.Begin(context));
        }

        calls.Series.Count().ShouldBe(HttpCalls.MaxSeries + 1);
        calls.Series.Single(static series => series.Labels == HttpCallLabels.Overflow).Cumulated()[^1].ShouldBe(10);
        var text = PrometheusText.Read(Encoding.UTF8.GetString(HttpCallText.AddTo("# EOF\n"u8, calls)), true);
        text.Families["http_server_request_duration_seconds"].Samples.ShouldContain(static sample => sample.Labels.ContainsKey("otel_metric_overflow"));
    }

    private static Dictionary<string, double> Counts(PrometheusText read) => read.Families["http_server_request_duration_seconds"].Samples
        .Where(static sample => sample.Name.EndsWith("_count", StringComparison.Ordinal))
        .ToDictionary(static sample => string.Join(' ', sample.Labels.Select(static label => $"{label.Key}={label.Value}")), static sample => sample.Value);

    private static async Task<PrometheusText> ScrapeAsync(GatewayUnderTest gateway, bool isOpenMetrics)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (isOpenMetrics)
            request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");
        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        return PrometheusText.Read(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), isOpenMetrics);
    }

    /// <summary>What the platform would have counted, by labels as Prometheus has them.</summary>
    private sealed class HostingRecorder : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<string> _calls = new();

        public HostingRecorder(IMeterFactory host)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "http.server.request.duration" && instrument.Meter.Scope == host)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => _calls.Enqueue(string.Join(' ', tags.ToArray()
                .Select(static tag => $"{tag.Key.Replace('.', '_')}={(tag.Value is bool flag ? flag ? "true" : "false" : Escaped(tag.Value))}").Order(StringComparer.Ordinal))));
            _listener.Start();
        }

        public Dictionary<string, double> Counts() => _calls.Where(static call => !call.Contains("/metrics", StringComparison.Ordinal))
            .GroupBy(static call => call).ToDictionary(static calls => calls.Key, static calls => (double)calls.Count());

        public void Dispose() => _listener.Dispose();

        // The reader of scrapes leaves escapes as they are.
        private static object? Escaped(object? value) => value is string text ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : value;
    }
}
