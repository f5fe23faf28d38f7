using System.Net.Http.Headers;
using System.Net.Http.Json;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Tracing;

/// <summary>Traces as an OTLP collector receives them.</summary>
public sealed class RegistrationTraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallerSpan = "00f067aa0ba902b7";

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData(null)]
    public async Task ARegistrationIsOneTraceOfItsCallersFromReviewByPatchToVisible(string? protocol)
    {
        // gRPC is the default of the standard variables.
        await using var collector = await TraceCollector.StartAsync(grpc: protocol is null);
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: "Production", settings: new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_SERVICE_NAME"] = "gateway-of-the-test",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        });
        var token = registry.Cluster.IssueToken("shop", "default", "greeter-1", ["registry-gateway"]);

        using (var probe = await gateway.Http.SendAsync(Request(HttpMethod.Get, "/readyz"), TestContext.Current.CancellationToken).Within())
            probe.EnsureSuccessStatusCode();
        using var request = Request(HttpMethod.Post, "/v1/registrations?");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = JsonContent.Create(new { service = "greeting", port = 8080 });
        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        answer.EnsureSuccessStatusCode();

        var trace = await collector.WaitForTraceAsync(TraceId, static spans =>
            spans.Any(static span => span.ParentId == CallerSpan) && spans.Count(static span => span.Kind == ReceivedSpan.Server) == 3);
        var server = trace.Single(static span => span.ParentId == CallerSpan);
        server.Kind.ShouldBe(ReceivedSpan.Server);
        server.Name.ShouldBe("POST /v1/registrations");
        server.Attributes["http.response.status_code"].ShouldBe("201");
        Names(trace, server).ShouldBe(["review token", "write pod", "await visible"]);

        // The emulated API server runs in this process: that its spans stand under the calls shows that the context went with it.
        foreach (var call in trace.Where(static span => span.Kind == ReceivedSpan.Client))
            trace.Single(span => span.ParentId == call.SpanId).Kind.ShouldBe(ReceivedSpan.Server);
        Names(trace, trace.Single(static span => span.Name == "review token")).ShouldBe(["create tokenreviews"]);
        Names(trace, trace.Single(static span => span.Name == "write pod")).ShouldBe(["send write"]);
        Names(trace, trace.Single(static span => span.Name == "send write")).ShouldBe(["patch pods"]);
        trace.Single(static span => span.Name == "patch pods").Attributes["http.response.status_code"].ShouldBe("200");
        trace.Single(static span => span.Name == "await visible").Attributes["registry.outcome"].ShouldBe("visible");
        trace.ShouldAllBe(static span => span.Status == 0);
        collector.Resource["service.name"].ShouldBe("gateway-of-the-test");

        collector.Others.ShouldBeEmpty("nothing but traces is sent");

        var signature = token.Split('.')[2];
        trace.SelectMany(static span => span.Attributes.Values.Append(span.Name)).Concat(collector.Resource.Values)
            .ShouldNotContain(text => text.Contains(signature, StringComparison.Ordinal) || text.Contains("Bearer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatTheCallerDoesNotSampleIsNotSent()
    {
        await using var collector = await TraceCollector.StartAsync();
        await using var registry = await TestRegistry.StartAsync();
        await using (var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, settings: new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = new Uri(collector.Url, "/v1/traces").ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }))
        {
            foreach (var (id, sampled) in new[] { (TraceId.Replace('4', '5'), "00"), (TraceId.Replace('4', '6'), "01") })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/namespaces/shop/services/greeting/instances?selector=a%3Dsecret");
                request.Headers.Add("traceparent", $"00-{id}-{CallerSpan}-{sampled}");
                using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
                answer.EnsureSuccessStatusCode();
            }

            // What is left is sent when the gateway stops.
            await gateway.StopAsync().Within();
        }

        var lookup = (await collector.WaitForTraceAsync(TraceId.Replace('4', '6'), static spans => spans.Count == 1)).Single();
        collector.Others.ShouldBeEmpty();
        lookup.Name.ShouldBe("GET /v1/namespaces/{ns}/services/{name}/instances");
        lookup.Attributes.Values.ShouldNotContain(static text => text.Contains("secret", StringComparison.Ordinal));
        (await collector.WaitForTraceAsync(TraceId.Replace('4', '5'), static _ => true)).ShouldBeEmpty();
    }

    [Fact]
    public async Task OfACallOnlyMethodPathRouteAndStatusAreToldAndStreamsAreNotTraced()
    {
        const string Secret = "a-secret";
        await using var collector = await TraceCollector.StartAsync();
        await using var registry = await TestRegistry.StartAsync();
        await using (var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, settings: new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = new Uri(collector.Url, "/v1/traces").ToString(),
            ["AllowedHosts"] = "*",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }))
        {
            foreach (var (path, accept) in new[]
            {
                ($"/v1/namespaces/shop/services/greeting/instances/watch?timeout=1s&selector=a%3D{Secret}", "*/*"),
                ("/v1/namespaces/shop/services/greeting/watch?timeout=1s", "text/event-stream"),
                ("/v1/watch?service=shop/greeting&timeout=1s", "text/event-stream"),
                ("/metrics", "*/*"), ("/livez", "*/*"), ("/readyz", "*/*"),
                ($"/v1/namespaces/shop/services/greeting/instances?selector=a%3D{Secret}", "application/json"),
            })
            {
                using var request = Request(HttpMethod.Get, path);
                request.Headers.TryAddWithoutValidation("Accept", accept);
                request.Headers.TryAddWithoutValidation("User-Agent", Secret);
                request.Headers.TryAddWithoutValidation("Cookie", Secret);
                request.Headers.Host = Secret;
                using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
            }
        }

        var span = (await collector.WaitForTraceAsync(TraceId, static spans => spans.Count > 0)).ShouldHaveSingleItem();
        span.Name.ShouldBe("GET /v1/namespaces/{ns}/services/{name}/instances");
        span.Attributes.Keys.ShouldBe(
            ["http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.path", "url.scheme"], ignoreOrder: true);
        span.Attributes["url.path"].ShouldBe("/v1/namespaces/shop/services/greeting/instances");
        span.Attributes.Values.ShouldNotContain(static text => text.Contains(Secret, StringComparison.OrdinalIgnoreCase));
    }

    private static HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, new Uri(path, UriKind.Relative)) { Headers = { { "traceparent", $"00-{TraceId}-{CallerSpan}-01" } } };

    private static IEnumerable<string> Names(IReadOnlyList<ReceivedSpan> trace, ReceivedSpan parent) =>
        trace.Where(span => span.ParentId == parent.SpanId).Select(static span => span.Name);
}
