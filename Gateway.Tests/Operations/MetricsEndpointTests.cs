using Gateway.Api.Operations;
using Gateway.Core.Diagnostics;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Operations;

/// <summary><c>/metrics</c> is what Prometheus reads, to the letter.</summary>
public sealed class MetricsEndpointTests
{
    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=1.0.0; charset=utf-8", true)]
    public async Task AScrapeIsValidInBothFormats(string? accept, string contentType, bool isOpenMetrics)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        (await registry.Http.LookUpAsync("shop", "greeting")).Count.ShouldBe(1);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await registry.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        answer.Content.Headers.ContentType!.ToString().ShouldBe(contentType);
        var read = PrometheusText.Read(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), isOpenMetrics);

        read.Families["registry_gateway_synced"].Samples.Single().Value.ShouldBe(1);
        read.Families["registry_gateway_truth_age_seconds"].Samples.Single().Value.ShouldBe(0);
        read.Families["registry_gateway_instances"].Samples.ShouldContain(static sample => sample.Labels["status"] == "UP" && sample.Value >= 1);
        read.Families["http_server_request_duration_seconds"].Samples
            .ShouldContain(static sample => sample.Labels.GetValueOrDefault("http_route") == "/v1/namespaces/{ns}/services/{name}/instances");
        read.Families[isOpenMetrics ? "registry_gateway_registration_writes" : "registry_gateway_registration_writes_total"].Samples.Sum(static sample => sample.Value).ShouldBe(1);
        read.Families.Keys.ShouldContain(static name => name.StartsWith("dotnet_gc", StringComparison.Ordinal));
        read.Families.Keys.ShouldContain("dotnet_thread_pool_thread_count", "the runtime calls it a counter, but it falls as well");

        // What grows with the cluster or with callers must not be a label.
        read.Families.Values.SelectMany(static family => family.Samples).SelectMany(static sample => sample.Labels.Values)
            .ShouldNotContain(static value => value.Contains("greeter-1", StringComparison.Ordinal) || value.Contains("10.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public void StrangeLabelValuesAreEscaped()
    {
        using var metrics = new GatewayMetrics();
        using var text = new MetricsText(metrics);
        metrics.FailedAuthentications.Add(1, new KeyValuePair<string, object?>("code", "a\"b\\c\nd"));

        foreach (var isOpenMetrics in new[] { false, true })
            PrometheusText.Read(text.Write(isOpenMetrics), isOpenMetrics).Families.Values.SelectMany(static family => family.Samples)
                .ShouldContain(static sample => sample.Labels.GetValueOrDefault("code") == """a\"b\\c\nd""");
    }
}
