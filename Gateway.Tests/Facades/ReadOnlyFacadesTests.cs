using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Api.Facades;
using Gateway.Api.Facades.Spring;
using Gateway.Core.Identity;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades;

/// <summary>The protocols that only read, Spring's and Prometheus': whose namespace is read, what is refused, and that bytes are made once.</summary>
public sealed class ReadOnlyFacadesTests
{
    [Theory]
    [InlineData("/apps")]
    [InlineData("/state")]
    [InlineData("/prometheus/sd")]
    [InlineData("/nacos/prometheus")]
    public async Task ThePodThatAsksReadsItsOwnNamespace(string path)
    {
        await using var registry = await StartAsync(("Identity:SourceAddress", "true"));
        await registry.RegisteredAsync("shop", "orders-1", "orders");
        await registry.RegisteredAsync("billing", "invoices-1", "invoices");

        (await ReadAsync(registry, path, HttpStatusCode.OK, (RemoteAddressFilter.Header, "10.0.0.1"))).ShouldSatisfyAllConditions(
            text => (text.Contains("10.0.0.1", StringComparison.Ordinal) || text.Contains("orders-1", StringComparison.Ordinal)).ShouldBeTrue(text),
            text => (text.Contains("10.0.0.2", StringComparison.Ordinal) || text.Contains("invoices-1", StringComparison.Ordinal)).ShouldBeFalse(text));
        (await ReadAsync(registry, path, HttpStatusCode.OK, (RemoteAddressFilter.Header, "10.0.0.2"))).ShouldSatisfyAllConditions(
            text => (text.Contains("10.0.0.1", StringComparison.Ordinal) || text.Contains("orders-1", StringComparison.Ordinal)).ShouldBeFalse(text));
        await ReadAsync(registry, path, HttpStatusCode.BadRequest, (RemoteAddressFilter.Header, "10.99.0.1"));
    }

    [Theory]
    [InlineData("apps")]
    [InlineData("apps/orders")]
    [InlineData("app/orders/1")]
    [InlineData("state")]
    [InlineData("prometheus/sd")]
    [InlineData("nacos/prometheus")]
    public async Task UnderRbacAnotherTenantsNamespaceIsForbidden(string path)
    {
        await using var registry = await StartAsync(("Access:Lookup", "Rbac"));
        registry.Grant("shop", "read", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        var caller = registry.As("shop", "orders-1");

        await ReadAsync(registry, "/ns/shop/" + path, HttpStatusCode.OK, caller);
        await ReadAsync(registry, "/" + path, HttpStatusCode.OK, caller);
        await ReadAsync(registry, "/ns/billing/" + path, HttpStatusCode.Forbidden, caller);
        await ReadAsync(registry, "/ns/shop/" + path, HttpStatusCode.Unauthorized);
        await ReadAsync(registry, "/ns/shop/" + path, HttpStatusCode.Unauthorized, ("Authorization", "Bearer x.y.z"));
    }

    [Theory]
    [InlineData("GET", "/apps/{0}")]
    [InlineData("GET", "/apps/{0}/{0}")]
    [InlineData("GET", "/prometheus/sd?service={0}")]
    [InlineData("GET", "/prometheus/sd?port={0}")]
    [InlineData("GET", "/prometheus/sd?namespace={0}")]
    [InlineData("GET", "/nacos/prometheus/namespaceId/{0}")]
    [InlineData("GET", "/nacos/prometheus/namespaceId/shop/service/{0}")]
    [InlineData("GET", "/ns/{0}/apps")]
    [InlineData("GET", "/apps?unknown={0}")]
    [InlineData("POST", "/apps")]
    [InlineData("DELETE", "/apps/orders/1")]
    [InlineData("PUT", "/prometheus/sd")]
    [InlineData("POST", "/nacos/prometheus")]
    [InlineData("GET", "/state/x")]
    [InlineData("GET", "/app")]
    [InlineData("GET", "/prometheus/sd/x")]
    public async Task NoRequestIsAFaultOfTheServer(string method, string path)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        foreach (var text in (string[])["none", new string('a', 6_000), "%F0%9F%98%80", "a%2F..%2Fb", "-", "%25", "UPPER_case", "a%0D%0Ab"])
        {
            using var answer = await registry.Http.CallAsync(method, string.Format(path, text), method == "GET" ? null : new string('{', 2_000_000));
            ((int)answer.StatusCode).ShouldBeInRange(200, 499, $"{method} {path} {text[..Math.Min(20, text.Length)]}");
        }
    }

    [Fact]
    public async Task ManyServicesAreOneAnswerOfKnownLengthAndHeadSaysIt()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        registry.Pod("all-1", "10.0.0.1");
        var bodies = Enumerable.Range(0, 100).Select(static number => new
        {
            @namespace = "shop",
            pod = "all-1",
            service = $"service-{number}",
            port = 8080,
            metadata = new Dictionary<string, string> { ["text"] = new('x', number == 7 ? 36_000 : 300) },
        });
        using var written = await registry.Http.CallAsync("POST", "/v1/registrations", JsonSerializer.Serialize(bodies));
        written.StatusCode.ShouldBe(HttpStatusCode.OK, await written.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (var path in (string[])["/apps", "/prometheus/sd", "/nacos/prometheus"])
        {
            var list = await registry.Http.JsonUntilAsync(path, static list => list.AsArray().Count == 100);
            using var answer = await registry.Http.CallAsync("GET", path);
            var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            answer.Content.Headers.ContentLength.ShouldBe(bytes.Length, path);
            JsonNode.DeepEquals(JsonNode.Parse(bytes), list).ShouldBeTrue(path);
            using var head = await registry.Http.CallAsync("HEAD", path);
            (head.StatusCode, head.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, (long?)bytes.Length), path);
        }
    }

    [Fact]
    public async Task BytesAreMadeOnceForEachStateOfAService()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:SpringPodLabels", "true")]);
        registry.Pod("orders-1", "10.0.0.1");
        registry.Pod("users-1", "10.0.0.2");
        await registry.RegisterAsync("orders-1", "orders");
        await registry.RegisterAsync("users-1", "users");
        await registry.Http.LookUpUntilAsync("shop", "users", static all => all.Count == 1);
        var (reader, answers) = (registry.Gateway.Services.GetRequiredService<FacadeReader>(), registry.Gateway.Services.GetRequiredService<SpringAnswers>());

        var first = List();
        List().ShouldBeSameAs(first);
        await registry.RegisterAsync("users-1", "users", 9000);
        await registry.Http.LookUpUntilAsync("shop", "users", static all => all.Count == 2);
        List().ShouldBeSameAs(first, "another service changed");
        registry.Cluster.Player.SetReady("shop", "orders-1", false);
        await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1 && all[0].Status() == "STARTING");
        Encoding.UTF8.GetString(List()).ShouldBe("[]");

        byte[] List()
        {
            var view = reader.View(new FacadeCall(new AnonymousCaller(false), "shop"));
            return answers.Of(view, view.Find("orders")!).List;
        }
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(
            null,
            static world =>
            {
                world.Pod("shop", "orders-1", "10.0.0.1");
                world.Pod("billing", "invoices-1", "10.0.0.2");
            },
            [("Facades:Spring", "true"), ("Facades:Prometheus", "true"), .. settings]);
        await registry.SeenAsync("shop", "orders-1");
        await registry.SeenAsync("billing", "invoices-1");
        return registry;
    }

    private static async Task<string> ReadAsync(FencedRegistry registry, string path, HttpStatusCode expected, params (string Name, string Value)[] headers)
    {
        using var answer = await registry.Http.CallAsync("GET", path, headers: headers);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(expected, $"{path}: {text}");
        return text;
    }
}
