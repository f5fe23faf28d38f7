using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Commands;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Callers;

/// <summary>The whole job is done with precisely the rights of docs/manifests/least-privilege.yaml and inside the fence of pod-policy.yaml.</summary>
public sealed class LeastPrivilegeTests
{
    private const string Registrations = "/v1/registrations";

    private static readonly (string, string)[] Everything =
    [
        ("Registry:Label", "true"), ("Registry:Mirrors:0", "generic"), ("Registry:Mirrors:1", "dubbo-go-1.5"), ("Registry:Mirrors:2", "dubbo-java"),
        ("Access:Lookup", "Rbac"), ("Access:Register", "Rbac"), ("Leases:DeregisterAfter", "00:00:01"),
    ];

    [Fact]
    public async Task TheWholeJobIsDoneWithTheseRightsInsideTheFence()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("shop", "greeter-2", "10.0.0.2");
            world.Grant("shop", "registrars", "shop/app", "registry-gateway.io", "registrations", "create");
            world.Grant("shop", "readers", "shop/app", "discovery.k8s.io", "endpointslices", "get");
            world.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        }, Everything);
        await registry.SeenAsync("shop", "greeter-1", "greeter-2");
        using var self = Caller(registry, registry.Token("shop", "greeter-1"));
        using var operator_ = Caller(registry, registry.Token("billing", null));

        // Recognised by token, name by right, written with label and all mirrors.
        var created = await self.RegisterAsync(new { service = "greeting", port = 8080, ttl = 3600, metadata = new { a = "1" } }, HttpStatusCode.Created);
        var id = (string)created["id"]!;
        created["mirrors"]!.AsObject().Select(static mirror => (string?)mirror.Value!["state"]).ShouldAllBe(static state => state == "written", created.ToJsonString());
        await self.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        await using var stream = await StreamReader.OpenAsync(self, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");

        // Changed by its pod, acted for by an operator with the right, renewed, drained, deregistered.
        foreach (var body in new[] { """{"weight":7}""", """{"status":"OUT_OF_SERVICE"}""", """{"status":"UP"}""" })
            (await self.CallAsync("PATCH", $"{Registrations}/{id}?drain=wait&timeout=1s", body)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await stream.UntilAsync(static one => one.Name == "added");
        (await self.CallAsync("PUT", $"{Registrations}/{id}/heartbeat")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await operator_.RegisterAsync(new { @namespace = "shop", pod = "greeter-2", service = "greeting", port = 8080 }, HttpStatusCode.Created);
        await stream.UntilAsync(static one => one.Name == "added" && (string?)one.Data["pod"]!["name"] == "greeter-2");
        (await self.CallAsync("DELETE", $"{Registrations}/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await stream.UntilAsync(static one => one.Name == "removed");

        // The leader holds its Lease and deregisters what stays lapsed.
        await self.RegisterAsync(new { service = "short", port = 8080, ttl = 1 }, HttpStatusCode.Created);
        await registry.Logs.WaitForAsync(1630);
        registry.Cluster.Storage.Get(ResourceKinds.Leases, "registry", "registry-gateway").ShouldNotBeNull();

        // Nothing that it needed was refused to it, and it lists what there is.
        (await self.GetJsonAsync("/v1/services"))["items"]!.AsArray().ShouldNotBeEmpty();
        Refusals(registry).ShouldBeEmpty();
        registry.Own("shop", "greeter-1").Keys.ShouldBeEmpty();
        registry.Own("shop", "greeter-2").Count.ShouldBe(1);
    }

    [Fact]
    public async Task TheCleanupIsDoneWithTheseRightsToo()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), ("Registry:Mirrors:0", "dubbo-go-1.5"), ("Registry:Label", "true"));
        await registry.RegisteredAsync("shop", "greeter-1");
        var kubeconfig = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(kubeconfig, AdminKubeconfig.Text(registry.Cluster.Url, registry.Tokens[0]), TestContext.Current.CancellationToken);
            await using var output = new StringWriter();
            var code = await CleanupCommand.RunAsync(
                ["cleanup"], output,
                builder =>
                {
                    builder.Logging.ClearProviders();
                    builder.Configuration.AddInMemoryCollection([new("Kubernetes:Mode", "Kubeconfig"), new("Kubernetes:Kubeconfig", kubeconfig)]);
                },
                TestContext.Current.CancellationToken);
            code.ShouldBe(0, output.ToString());
        }
        finally
        {
            File.Delete(kubeconfig);
        }

        registry.Own("shop", "greeter-1").ShouldBeEmpty();
        Refusals(registry).ShouldBeEmpty();
    }

    /// <summary>What whoever stole the gateway's token would want; each is refused by the role or by the fence.</summary>
    [Theory]
    [InlineData("GET", "/api/v1/secrets", null)]
    [InlineData("GET", "/api/v1/namespaces/shop/configmaps", null)]
    [InlineData("PUT", "/api/v1/namespaces/shop/pods/greeter-1", "{}")]
    [InlineData("POST", "/api/v1/namespaces/shop/pods", "{}")]
    [InlineData("DELETE", "/api/v1/namespaces/shop/pods/greeter-1", null)]
    [InlineData("POST", "/api/v1/namespaces/shop/pods/greeter-1/exec", "{}")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/greeter-1/status", """{"status":{"phase":"Failed"}}""")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/services/greeting", """{"spec":{"selector":{"app":"evil"}}}""")]
    [InlineData("POST", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", "{}")]
    [InlineData("GET", "/apis/coordination.k8s.io/v1/namespaces/registry/leases/other", null)]
    [InlineData("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/registry-gateway", null)]
    [InlineData("POST", "/apis/events.k8s.io/v1/namespaces/shop/events", "{}")]
    [InlineData("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings", "{}")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/greeter-1", """{"metadata":{"labels":{"app":"orders"}}}""")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/greeter-1", """{"metadata":{"annotations":{"sidecar.istio.io/inject":"false"}}}""")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/greeter-1", """{"metadata":{"finalizers":["example.com/keep"]}}""")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/greeter-1", """{"metadata":{"ownerReferences":[]},"spec":{"activeDeadlineSeconds":1}}""")]
    [InlineData("PATCH", "/api/v1/namespaces/kube-system/pods/dns-1", """{"metadata":{"annotations":{"registry-gateway.io/a":"1"}}}""")]
    public async Task TheRestIsRefusedToTheGatewaysAccount(string method, string path, string? body)
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("kube-system", "dns-1", "10.0.0.2");
        });
        var before = Objects(registry);
        using var http = new HttpClient { BaseAddress = registry.Cluster.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", registry.Tokens[0]);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        // A kind that the emulated API does not have is not found, which is no less of a refusal.
        ((int)answer.StatusCode).ShouldBeOneOf(403, 404);
        if (path.Contains("/pods/", StringComparison.Ordinal) && !path.EndsWith("exec", StringComparison.Ordinal))
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        Objects(registry).ShouldBe(before);
    }

    private static HttpClient Caller(FencedRegistry registry, string token)
    {
        var caller = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = registry.Http.BaseAddress, Timeout = Patience.Limit };
        caller.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return caller;
    }

    private static IEnumerable<string> Refusals(FencedRegistry registry) =>
        registry.Cluster.Requests.Recent.Where(static request => request.Status is 401 or 403).Select(static request => $"{request.Method} {request.Path}{request.Query}: {request.Status}");

    /// <summary>Everything but the Lease, which is renewed meanwhile.</summary>
    private static string Objects(FencedRegistry registry) => string.Join('\n', ResourceKinds.All.Where(static kind => kind != ResourceKinds.Leases)
        .SelectMany(kind => registry.Cluster.Storage.List(kind)).Select(static item => item.Copy().ToJsonString()));
}
