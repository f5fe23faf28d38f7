using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Operations;

/// <summary>What a day's work leaves in <c>/metrics</c>.</summary>
public sealed class MetricsOfWorkTests
{
    private const string Mark = "zq7x";
    private const int Callers = 20;

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

    [Fact]
    public async Task SeriesDoNotGrowWithTheClusterOrWithCallers()
    {
        await using var registry = await TestRegistry.StartAsync();
        await WorkAsync(registry, 0, 2);
        var few = Own(await ScrapeAsync(registry));
        await WorkAsync(registry, 2, Callers);
        var read = await ScrapeAsync(registry);

        // A label that grew would have brought a series for each caller; a rarer outcome may bring its own.
        Own(read).Except(few).Count().ShouldBeLessThan(Callers);
        // HTTP and the runtime are measured for the whole process, where other tests work too; nothing of a caller's stands in their labels either.
        read.Families.Values.SelectMany(static family => family.Samples).SelectMany(static sample => sample.Labels.Values)
            .ShouldNotContain(static value => value.Contains(Mark, StringComparison.OrdinalIgnoreCase) || value.Contains("10.0.1.", StringComparison.Ordinal));

        static HashSet<string> Own(PrometheusText read) =>
        [
            .. read.Families.Values.SelectMany(static family => family.Samples).Where(static sample => sample.Name.StartsWith("registry_gateway_", StringComparison.Ordinal))
                .Select(static sample => $"{sample.Name} {string.Join(',', sample.Labels.Select(static label => $"{label.Key}={label.Value}"))}"),
        ];
    }

    /// <summary>Pods, services, callers, names and paths of which there may be any number.</summary>
    private static async Task WorkAsync(TestRegistry registry, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            registry.Pod($"{Mark}-{i}", $"10.0.1.{i}");
            var id = (string)(await registry.RegisterAsync($"{Mark}-{i}", $"{Mark}-service-{i}"))["id"]!;
            foreach (var (method, path) in new[]
            {
                ("GET", $"/v1/namespaces/{Mark}-ns-{i}/services/{Mark}-{i}/instances?selector=a%3D{i}"), ("GET", $"/{Mark}/{i}"), ($"{Mark}{i}", $"/v1/services/{i}"),
                ("GET", $"/v1/registrations/{id}"), ("DELETE", $"/v1/registrations/{id}?namespace=shop&pod={Mark}-{i}"), ("GET", $"/v1/services?{Mark}{i}=1"),
            })
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                request.Headers.TryAddWithoutValidation("User-Agent", $"{Mark}/{i}");
                using var answer = await registry.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
            }
        }
    }

    private static async Task<PrometheusText> ScrapeAsync(TestRegistry registry) =>
        PrometheusText.Read(await registry.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken).Within(), false);
}
