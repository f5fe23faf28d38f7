using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades;

/// <summary>
/// An answer that is longer than what a connection buffers comes whole, over a real connection, by every protocol: its last bytes are sent without more being
/// asked for, and its length is what was said.
/// </summary>
public sealed class LongAnswersTests : IAsyncLifetime
{
    private const int Pods = 500;
    private const int Ports = 500;

    // What a connection buffers.
    private const int Long = 64 * 1024;

    private static readonly string Padding = new('x', 3_000);

    private static readonly (string Path, string? Accept)[] Reads =
    [
        ("/v1/namespaces/shop/services/orders/instances", null),
        ("/v1/namespaces/shop/services/orders/instances?status=any", null),
        ("/v1/services?namespace=shop&limit=1000", null),
        ("/eureka/apps", "application/json"),
        ("/eureka/apps", null),
        ("/eureka/apps/delta", "application/json"),
        ("/eureka/apps/delta", null),
        ("/eureka/apps/ORDERS", "application/json"),
        ("/eureka/apps/ORDERS", null),
        ("/ns/shop/eureka/apps/ORDERS", "application/json"),
        ("/eureka/vips/orders", "application/json"),
        ("/eureka/vips/orders", null),
        ("/v1/catalog/services", null),
        ("/v1/catalog/service/orders", null),
        ("/v1/health/service/orders", null),
        ("/v1/health/service/orders?passing", null),
        ("/v1/health/checks/orders", null),
        ("/v1/health/state/any", null),
        ("/v1/agent/services", null),
        ("/v1/agent/health/service/name/orders", null),
        ("/nacos/v1/ns/instance/list?serviceName=orders", null),
        ("/nacos/v2/ns/instance/list?serviceName=orders", null),
        ("/nacos/v3/client/ns/instance/list?serviceName=orders", null),
        ("/nacos/v1/ns/service/list?pageNo=1&pageSize=1000", null),
        ("/apps", null),
        ("/apps/orders", null),
        ("/state", null),
        ("/prometheus/sd", null),
        ("/prometheus/sd?service=orders", null),
        ("/nacos/prometheus", null),
        ("/nacos/prometheus/namespaceId/shop/service/orders", null),
    ];

    private TestRegistry _registry = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        for (var i = 0; i < Pods; i++)
        {
            var name = $"orders-{i}";
            _registry.Pod(name, $"10.0.{i / 200}.{1 + (i % 200)}");
            // The first one has as many as a long answer of its agent shows.
            StoredRecords.Write(
                _registry.Cluster, name, "consul", i == 0 ? Enumerable.Range(0, Ports).Select(static port => ("orders", 8_000 + port, (string?)null)) : [("orders", 8_000, Padding), (Name(i), 9_000, null)]);
        }

        (await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.Count == Pods && snapshot.Find(new("shop", "orders")).Instances.Length == Pods + Ports - 1, Patience.Limit))
            .ShouldNotBeNull();
    }

    public async ValueTask DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task ItComesWholeByEveryProtocol()
    {
        List<string> wrong = [];
        foreach (var (path, accept) in Reads)
        {
            try
            {
                if (await FaultAsync(path, accept) is { } fault)
                    wrong.Add($"{path} ({accept}): {fault}");
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or TimeoutException or FormatException or System.Text.Json.JsonException or System.Xml.XmlException)
            {
                wrong.Add($"{path} ({accept}): {failure.GetType().Name} {failure.Message}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    private async Task<string?> FaultAsync(string path, string? accept)
    {
        (string, string)[] headers = path.StartsWith("/v1/agent", StringComparison.Ordinal)
            ? [("X-Consul-Token", _registry.Cluster.IssueToken("shop", "default", "orders-0", ["registry-gateway"]))]
            : accept is null ? [] : [("Accept", accept)];
        using var answer = await _registry.Http.CallAsync("GET", path, headers: headers).Within();
        var text = await answer.Content.ReadAsStringAsync().Within();
        if (answer.StatusCode != HttpStatusCode.OK)
            return $"{answer.StatusCode} {text}";
        var length = Encoding.UTF8.GetByteCount(text);
        if (length < Long || (answer.Content.Headers.ContentLength is { } said && said != length))
            return $"{length} bytes, {answer.Content.Headers.ContentLength} said";
        if (answer.Content.Headers.ContentType!.MediaType == "application/xml")
            XDocument.Parse(text);
        else
            JsonNode.Parse(text).ShouldNotBeNull();
        return null;
    }

    private static string Name(int i) => $"{i:D4}-{new string('n', 230)}";
}
