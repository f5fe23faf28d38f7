using Gateway.Core.Diagnostics;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Operations;

/// <summary><c>/metrics</c> is what Prometheus reads, to the letter.</summary>
public sealed class MetricsEndpointTests
{
    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8", false)]
    [InlineData("text/html,*/*;q=0.8", "text/plain; version=0.0.4; charset=utf-8", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores", true)]
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
        read.Families[isOpenMetrics ? "registry_gateway_registration_writes" : "registry_gateway_registration_writes_total"].Samples
            .Where(static sample => !sample.Name.EndsWith("_created", StringComparison.Ordinal)).Sum(static sample => sample.Value).ShouldBe(1);
        read.Families.Keys.ShouldContain(static name => name.StartsWith("dotnet_gc", StringComparison.Ordinal));
        read.Families.Keys.ShouldContain("dotnet_thread_pool_thread_count", "a gauge: it falls as well");

        // What grows with the cluster or with callers must not be a label.
        read.Families.Values.SelectMany(static family => family.Samples).SelectMany(static sample => sample.Labels.Values)
            .ShouldNotContain(static value => value.Contains("greeter-1", StringComparison.Ordinal) || value.Contains("10.0.0.1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StrangeLabelValuesAreEscaped(bool isOpenMetrics)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Gateway.Services.GetRequiredService<GatewayMetrics>().FailedAuthentications.Add(1, new KeyValuePair<string, object?>("code", "a\"b\\c\nd"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (isOpenMetrics)
            request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");
        using var answer = await registry.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        PrometheusText.Read(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), isOpenMetrics).Families.Values
            .SelectMany(static family => family.Samples).ShouldContain(static sample => sample.Labels.GetValueOrDefault("code") == """a\"b\\c\nd""");
    }

    [Fact]
    public async Task AScrapeIsNotKeptByCaches()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var answer = await registry.Http.GetAsync("/metrics", TestContext.Current.CancellationToken).Within();
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }
}
