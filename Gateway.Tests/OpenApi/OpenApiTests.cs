using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Facades;
using Gateway.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.OpenApi;

/// <summary>The OpenAPI document names every operation there is, and its examples work against the demo cluster.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task EveryOperationIsDescribedAndEveryDescribedOneIsThere()
    {
        await using var registry = await TestRegistry.StartAsync();
        var document = await registry.Http.GetJsonAsync("/openapi/v1.json");
        var described = Operations(document).Where(static one => one.Path.StartsWith("/v1/", StringComparison.Ordinal)).Select(static one => $"{one.Method} {one.Path}");
        var served = registry.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.RoutePattern.RawText?.StartsWith("/v1/", StringComparison.Ordinal) == true && endpoint.Metadata.GetMetadata<FacadeOperation>() is null)
            .SelectMany(static endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(static method => method != "HEAD"),
                static (endpoint, method) => $"{method} {endpoint.RoutePattern.RawText}");
        described.Order().ShouldBe(served.Order());
    }

    [Fact]
    public async Task EveryOperationHasASummaryItsParametersAndProblemAnswers()
    {
        await using var registry = await TestRegistry.StartAsync();
        foreach (var (method, path, operation) in Operations(await registry.Http.GetJsonAsync("/openapi/v1.json")).Where(static one => one.Path.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            ((string?)operation["summary"]).ShouldNotBeNullOrEmpty($"{method} {path}");
            operation["responses"]!.AsObject().Where(static answer => answer.Key[0] is '4' or '5')
                .ShouldAllBe(static answer => answer.Value!["content"]!["application/problem+json"] != null);
            foreach (var segment in path.Split('/').Where(static segment => segment.StartsWith('{')))
                operation["parameters"]!.AsArray().ShouldContain(parameter => (string?)parameter!["name"] == segment.Trim('{', '}') && (string?)parameter["in"] == "path");
        }
    }

    [Fact]
    public async Task TheExamplesWorkAgainstTheDemoCluster()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" });
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Url);
        var operations = Operations(await gateway.Http.GetJsonAsync("/openapi/v1.json")).Where(static one => one.Path.StartsWith("/v1/", StringComparison.Ordinal)).ToList();
        var id = "";
        foreach (var (method, path, operation) in operations.OrderBy(static one => one is { Method: "POST", Path: "/v1/registrations" } ? 0 : one.Method == "DELETE" || one.Path.EndsWith("deregister", StringComparison.Ordinal) ? 2 : 1))
        {
            // A lease needs a ttl, and one instance an id of that service: their examples answer only to what was registered so.
            if (path.EndsWith("/heartbeat", StringComparison.Ordinal) || path.EndsWith("/instances/{id}", StringComparison.Ordinal))
                continue;
            foreach (var (mediaType, body) in Bodies(operation))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), UrlOf(path, operation, id));
                if (body is not null)
                    request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(mediaType!));
                using var answer = await gateway.Http.SendAsync(request).Within();
                var text = await answer.Content.ReadAsStringAsync().Within();
                answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {request.RequestUri}: {text}");
                if (id.Length == 0)
                    id = (string)JsonNode.Parse(text)!["id"]!;
            }
        }

        id.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task SwaggerUiIsServedOverTheDocument()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var page = await registry.Http.GetAsync("/swagger/index.html").Within();
        page.IsSuccessStatusCode.ShouldBeTrue();
        using var script = await registry.Http.GetAsync("/swagger/index.js").Within();
        (await script.Content.ReadAsStringAsync()).ShouldContain("/openapi/v1.json");
    }

    private static IEnumerable<(string Method, string Path, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key.ToUpperInvariant(), path.Key, operation.Value!);

    private static IEnumerable<(string? MediaType, string? Body)> Bodies(JsonNode operation) =>
        operation["requestBody"]?["content"]?.AsObject().Select(static content =>
            ((string?)content.Key, content.Value!["example"] is JsonValue text ? (string?)text : content.Value["example"]!.ToJsonString())) ?? [(null, null)];

    private static string UrlOf(string path, JsonNode operation, string id)
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = (string)parameter!["name"]!;
            var example = (parameter["example"] is JsonArray several ? several[0] : parameter["example"])?.ToString();
            if (example is null)
                continue;
            if (name == "id")
                example = id;
            if (name == "timeout")
                example = "100ms";
            if ((string?)parameter["in"] == "path")
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(example), StringComparison.Ordinal);
            else if ((string?)parameter["in"] == "query")
                query.Add($"{name}={Uri.EscapeDataString(example)}");
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }
}
