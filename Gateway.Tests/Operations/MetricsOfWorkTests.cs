using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Operations;

/// <summary>What a day's work leaves in <c>/metrics</c>.</summary>
public sealed class MetricsOfWorkTests
{
    [Fact]
    public async Task RegistrationsStreamsAndWatchesAreCountedByWhatCameOfThem()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.RegisterAsync("greeter-1", "greeting", expected: HttpStatusCode.OK);
        await registry.RegisterAsync("nobody", "greeting", expected: HttpStatusCode.Forbidden);
        await using (var short_ = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch?timeout=1s"))
            await short_.Ended.Within();
        await using var open = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch");
        await open.NextAsync("snapshot");

        var read = await ScrapeAsync(registry);
        Value("registry_gateway_registrations_total", ("verb", "register"), ("outcome", "written")).ShouldBe(1);
        Value("registry_gateway_registrations_total", ("verb", "register"), ("outcome", "unchanged")).ShouldBe(1);
        Value("registry_gateway_registrations_total", ("verb", "register"), ("outcome", "pod-gone")).ShouldBe(1);
        Value("registry_gateway_registration_writes_total", ("result", "written")).ShouldBe(1);
        Value("registry_gateway_registration_visible_duration_seconds_count").ShouldBeGreaterThan(0);
        Value("registry_gateway_streams_open").ShouldBe(1);
        Value("registry_gateway_streams_closed_total", ("reason", "timeout")).ShouldBe(1);
        Value("registry_gateway_lag_seconds_count").ShouldBeGreaterThan(0);
        Value("registry_gateway_informer_relists_total", ("resource", "pods"), ("reason", "first")).ShouldBe(1);
        foreach (var resource in new[] { "pods", "services", "endpointslices", "nodes", "namespaces" })
            Value("registry_gateway_informer_watches", ("resource", resource)).ShouldBe(1);
        foreach (var resource in new[] { "pods", "services", "endpoints", "nodes" })
            Value("registry_gateway_revision", ("resource", resource)).ShouldBeGreaterThanOrEqualTo(0);
        Value("registry_gateway_revision", ("resource", "pods")).ShouldBeGreaterThan(0);
        Value("dotnet_process_cpu_time_seconds_total", ("cpu_mode", "user")).ShouldBeGreaterThan(0);
        Value("dotnet_process_memory_working_set_bytes").ShouldBeGreaterThan(0);
        Value("http_server_request_duration_seconds_count", ("http_route", "/v1/registrations"), ("http_response_status_code", "201")).ShouldBeGreaterThanOrEqualTo(1);

        double Value(string name, params (string Name, string Value)[] labels) => read.Families.Values.SelectMany(static family => family.Samples)
            .Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value)).Sum(static sample => sample.Value);
    }

    private static async Task<PrometheusText> ScrapeAsync(TestRegistry registry) =>
        PrometheusText.Read(await registry.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken).Within(), false);
}
